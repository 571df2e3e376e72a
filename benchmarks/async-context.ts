import { AsyncLocalStorage } from "node:async_hooks";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { nanosecondsPerCall, nanosecondsPerCallAsync } from "./harness/cpu.ts";

const calls = 200_000;
const nothing = () => {};

async function awaits() {
  for (let i = 0; i < calls; i++) await undefined;
}

/** Before and after the first use of an async context in the process: on Node 22 the first use makes awaits dearer. */
async function contexts(): Promise<Figures> {
  const before = await nanosecondsPerCallAsync(calls, awaits);
  const storage = new AsyncLocalStorage<object>();
  const frame = {};
  const run = nanosecondsPerCall(calls, () => {
    for (let i = 0; i < calls; i++) storage.run(frame, nothing);
  });
  const after = await nanosecondsPerCallAsync(calls, awaits);
  return { "ns per run": run, "ns per await before": before, "ns per await after": after };
}

export const benchmark: Benchmark = {
  title: "The async context of S4",
  about:
    "Nanoseconds of CPU per `AsyncLocalStorage.run` of an empty function, and per `await`, before and after the first such run in the process. Hooks, ticks, tasks, releases, requests and async listeners run in a context; synchronous listeners do not.",
  variants: { "Node 22": { measure: contexts, node: 22 }, "Node 24": { measure: contexts, node: 24 } },
};
