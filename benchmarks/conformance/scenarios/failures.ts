import { NotAsked, type Scenario } from "../scenario.ts";
import { appOf, expectStarted, isTold, message, othersStop, precedes, threeServices } from "./three-services.ts";

export const startFails: Scenario = {
  title: "A start fails in the middle",
  does: "The storage has started when the start of the mailer fails; the caller catches the error and then stops the app, as one does to be sure.",
  right: ["undone"],
  why: "Half an app holds its connections until somebody closes them, and the caller of the start has only an error: what it does not think of stays open.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "start", how: "fails" }));
    if (!(await probe.outcome("start", app.start()))) await probe.outcome("stop", app.stop());
  },
  judge(observed) {
    const { events } = observed;
    if (!events.includes("storage started")) throw new NotAsked("the storage does not start");
    if (events.includes("start resolved")) return "the start counts as done";
    const told = isTold(observed, message.start) ? "" : ", the error is lost";
    const neverStarted = events.includes("billing stopping") && !events.includes("billing starting");
    const others = neverStarted ? ", with what never started" : "";
    if (precedes(observed, "storage stopped", "start rejected")) return `undone${others}${told}`;
    if (events.includes("storage stopped")) return `undone only by a stop of one's own${others}${told}`;
    return `not undone, not even by a stop${told}`;
  },
};

export const stopFails: Scenario = {
  title: "A stop fails",
  does: "All three have started; stopping the mailer, the one in the middle, throws.",
  right: ["the others stop, the error is told"],
  why: "One bad cleanup must neither leave the others undone, nor let stop() end before they have, nor be hidden; told is what stop() rejects with or what is in the log.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "stop", how: "fails" }));
    if (await probe.outcome("start", app.start())) await probe.outcome("stop", app.stop());
    // Those that a stop did not wait for may still be at it.
    await new Promise((resolve) => setTimeout(resolve, 300));
  },
  judge(observed) {
    expectStarted(observed);
    return `${othersStop(observed)}, ${isTold(observed, message.stop) ? "the error is told" : "the error is lost"}`;
  },
};
