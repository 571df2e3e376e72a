import type { Probe } from "../probe.ts";
import { NotAsked, type Scenario } from "../scenario.ts";
import type { Running, System } from "../system.ts";

const everyMs = 50;

function intervalOf(system: System, tick: () => Promise<void>): Running | Promise<Running> {
  if (!system.interval) throw new Error(`${system.title} has no intervals`);
  return system.interval(tick, everyMs);
}

/** A call that takes so long and cannot be cut short, as a query on its way cannot. */
const call = (probe: Probe, ms: number) => async (): Promise<void> => {
  probe.record("call begun");
  await new Promise((resolve) => setTimeout(resolve, ms));
  probe.record("call ended");
};

export const intervalOverlaps: Scenario = {
  title: "An interval whose calls last longer than its period",
  does: `A call every ${everyMs} ms takes 175 ms; the app runs for 700 ms.`,
  right: ["one at a time"],
  why: "Calls that overlap pile up exactly when what they call is slow, and write over each other's work.",
  boundMs: 15_000,
  part: "interval",
  async run(system, probe) {
    const app = await intervalOf(system, call(probe, 175));
    await probe.outcome("start", app.start());
    await new Promise((resolve) => setTimeout(resolve, 700));
  },
  judge({ events }) {
    let running = 0;
    let most = 0;
    let begun = 0;
    for (const event of events) {
      if (event === "call begun") begun++;
      running += event === "call begun" ? 1 : event === "call ended" ? -1 : 0;
      most = Math.max(most, running);
    }
    if (begun < 2) throw new NotAsked("the interval does not repeat");
    return most === 1 ? "one at a time" : "calls overlap";
  },
};

export const intervalAtStop: Scenario = {
  title: "An interval's call in flight at stop",
  does: "The app is stopped as soon as the first call has begun, which takes 400 ms and cannot be cut short.",
  right: ["awaited"],
  why: "When stop() has resolved the program closes what the call still uses, or exits in the middle of its work.",
  boundMs: 15_000,
  part: "interval",
  async run(system, probe) {
    const begun = Promise.withResolvers<void>();
    const work = call(probe, 400);
    const app = await intervalOf(system, () => {
      begun.resolve();
      return work();
    });
    await probe.outcome("start", app.start());
    await begun.promise;
    await probe.outcome("stop", app.stop());
  },
  judge({ events }) {
    const stopped = events.findIndex((event) => event.startsWith("stop re"));
    if (stopped < 0) return "never stops";
    const before = events.slice(0, stopped);
    const count = (event: string) => before.filter((one) => one === event).length;
    return count("call begun") === count("call ended") ? "awaited" : "left behind";
  },
};
