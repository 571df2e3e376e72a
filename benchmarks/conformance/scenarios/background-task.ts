import { NotAsked, type Scenario } from "../scenario.ts";
import { isTold } from "./three-services.ts";

const failure = "the background task failed";

export const taskFails: Scenario = {
  title: "A background task fails",
  does: "A service starts a task in the background, which nobody awaits and which fails 50 ms later; the app is watched for 1 s and then stopped.",
  right: ["told, the app stops in order", "told, the app goes on"],
  why: "Somebody must notice, and what had started must still be stopped in order, now or later.",
  boundMs: 15_000,
  part: "task",
  async run(system, probe) {
    if (!system.task) throw new Error(`${system.title} has no background tasks`);
    const app = await system.task(
      async () => {
        probe.record("task begun");
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error(failure);
      },
      {
        name: "worker",
        start: async () => probe.record("worker started"),
        stop: async () => probe.record("worker stopped"),
      },
    );
    await probe.outcome("start", app.start());
    await new Promise((resolve) => setTimeout(resolve, 1000));
    probe.record("watched");
    await probe.outcome("stop", app.stop());
  },
  judge(observed) {
    const { events } = observed;
    if (!events.includes("task begun")) throw new NotAsked("the task is not called");
    const told = isTold(observed, failure) ? "told" : "lost";
    const watched = events.indexOf("watched");
    const stopped = events.indexOf("worker stopped");
    if (stopped >= 0 && (watched < 0 || stopped < watched)) return `${told}, the app stops in order`;
    return watched < 0 ? `${told}, the process dies with nothing stopped` : `${told}, the app goes on`;
  },
};
