import type { Benchmark } from "./harness/benchmark.ts";
import { nanosecondsPerCallAsync } from "./harness/cpu.ts";
import { type Counter, listeners, type Sample } from "./harness/listeners.ts";

const emits = 30_000;
const payload: Sample = { value: 1 };

async function pawl(emitMany: (emit: () => Promise<void>) => Promise<unknown>) {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Listening extends Service {
    total = 0;
    override onStart() {
      for (const listener of listeners) this.listen("sample", listener as () => void);
    }
  }
  const kernel = new Kernel({ providers: { listening: new Listening() } });
  await kernel.start();
  const { bus } = kernel;
  const figures = {
    "ns per emit": await nanosecondsPerCallAsync(emits, () => emitMany(() => bus.emitAndWait("sample", payload))),
  };
  await kernel.stop();
  return figures;
}

/** What an emitter does that awaits whatever its listeners return. */
async function promiseAll() {
  const counter: Counter = { total: 0 };
  const emit = async () => {
    await Promise.all(listeners.map(async (listener) => listener.call(counter, payload)));
  };
  return { "ns per emit": await nanosecondsPerCallAsync(emits, () => repeat(emit)) };
}

async function emittery() {
  const { default: Emittery } = await import("emittery");
  const emitter = new Emittery<{ sample: Sample }>();
  const counter: Counter = { total: 0 };
  for (const listener of listeners) emitter.on("sample", ({ data }) => listener.call(counter, data));
  return { "ns per emit": await nanosecondsPerCallAsync(emits, () => repeat(() => emitter.emit("sample", payload))) };
}

async function repeat(emit: () => Promise<void>) {
  for (let i = 0; i < emits; i++) await emit();
}

export const benchmark: Benchmark = {
  title: "emitAndWait with synchronous listeners",
  about:
    "Nanoseconds of CPU per emit to ten different synchronous listeners, each emit awaited. `emitAndWait` collects promises only where a listener returned one; emittery awaits every listener, as does the plain `Promise.all`.",
  variants: {
    "bus.emitAndWait": { measure: () => pawl(repeat) },
    emittery: { measure: emittery },
    "Promise.all": { measure: promiseAll },
  },
  targets: (results) =>
    ["emittery", "Promise.all"].map((base) => ({
      what: `bus.emitAndWait, 10 synchronous listeners: emits per second against ${base}`,
      ...results.ratio(base, "bus.emitAndWait", "ns per emit"),
      atLeast: 1,
    })),
};
