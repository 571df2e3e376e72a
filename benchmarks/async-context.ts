import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "@pawl/kernel";
import type { Benchmark, Figures, Variant } from "./harness/benchmark.ts";
import { nanosecondsPerCall, nanosecondsPerCallAsync } from "./harness/cpu.ts";

const calls = 100_000;
/** Tasks begun in one turn of the event loop. */
const batch = 1000;

function addTo(counter: { total: number }): void {
  counter.total++;
}

async function awaitMany(): Promise<void> {
  for (let i = 0; i < calls; i++) await undefined;
}

/** What a call and an await cost in a process that has never had an async context, after one, or in one. */
async function plain(where: "never" | "after" | "inside"): Promise<Figures> {
  const counter = { total: 0 };
  const storage = new AsyncLocalStorage<object>();
  if (where === "after") storage.run(counter, () => addTo(counter));
  const call = nanosecondsPerCall(calls, () => {
    if (where === "inside") for (let i = 0; i < calls; i++) storage.run({}, addTo, counter);
    else for (let i = 0; i < calls; i++) addTo(counter);
  });
  const wait = await nanosecondsPerCallAsync(calls, () =>
    where === "inside" ? storage.run(counter, awaitMany) : awaitMany(),
  );
  return { "ns per call": call, "ns per await": wait };
}

/** A clock whose timers fire when they are told to: what is left is what the kernel does. */
class ManualClock implements Clock {
  #now = 0;
  #timer: (() => void) | undefined;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(fn: () => void): () => void {
    this.#timer = fn;
    return () => {};
  }

  defer(fn: () => void): () => void {
    setImmediate(fn);
    return () => {};
  }

  tick(ms: number): void {
    this.#now += ms;
    this.#timer?.();
  }
}

async function inTurns(begin: () => void): Promise<void> {
  for (let i = 0; i < calls; i += batch) {
    begin();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a tick and a task of a service cost in all, each with its async context. */
async function kernel(): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  const counter = { total: 0 };
  class Working extends Service {
    override onStart() {
      this.interval(() => addTo(counter), "1s");
    }

    spawnMany() {
      for (let i = 0; i < batch; i++) this.spawn(addTo, counter);
    }
  }
  const working = new Working();
  const clock = new ManualClock();
  const app = new Kernel({ providers: { working }, clock });
  await app.start();
  const tick = nanosecondsPerCall(calls, () => {
    for (let i = 0; i < calls; i++) clock.tick(1000);
  });
  const task = await nanosecondsPerCallAsync(calls, () => inTurns(() => working.spawnMany()));
  const microtask = await nanosecondsPerCallAsync(calls, () =>
    inTurns(() => {
      for (let i = 0; i < batch; i++) queueMicrotask(() => addTo(counter));
    }),
  );
  await app.stop();
  return { "ns per tick": tick, "ns per spawned task": task, "ns per bare microtask": microtask };
}

const variantsOf = (node: number): [string, Variant][] => [
  [`Node ${node}: no context in the process`, { node, measure: () => plain("never") }],
  [`Node ${node}: outside, when there has been one`, { node, measure: () => plain("after") }],
  [`Node ${node}: in a context of its own`, { node, measure: () => plain("inside") }],
  [`Node ${node}: a service's work, context included`, { node, measure: kernel }],
];

export const benchmark: Benchmark = {
  title: "The async context",
  about:
    "Nanoseconds of CPU that `AsyncLocalStorage` adds to a synchronous call and to an await, and what ticks and tasks cost in all. The kernel runs hooks, ticks, tasks, releases, requests and async listeners in a context, so that a `stop()` that is awaited inside of what it stops does not wait for itself. The rows of Node 22 matter most for the awaits: there the first context makes every later await of the process dearer.",
  rounds: 3,
  variants: Object.fromEntries([...variantsOf(22), ...variantsOf(24)]),
};
