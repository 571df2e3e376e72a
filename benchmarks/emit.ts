import type { Benchmark } from "./harness/benchmark.ts";
import { nanosecondsPerCall } from "./harness/cpu.ts";
import { type Counter, listeners, type Sample } from "./harness/listeners.ts";

/** Who listens to what: so many listeners of each of so many names. */
interface Layout {
  readonly names: number;
  readonly listeners: number;
}

const layouts = {
  "1 listener": { names: 1, listeners: 1 },
  "10 listeners": { names: 1, listeners: 10 },
  "20 names in turn, 1 listener each": { names: 20, listeners: 1 },
} satisfies { [name: string]: Layout };

const payload: Sample = { value: 1 };

// Keys of an object are unique strings, as the literals of a program are.
const names = Object.keys(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`sample:${n}`, n])));

function subscriptions(layout: Layout) {
  return names.slice(0, layout.names).map((name, n) => ({
    name,
    fns: Array.from({ length: layout.listeners }, (_, i) => listeners[(n + i) % listeners.length] as () => void),
  }));
}

/** Emits so often that one sample takes about a tenth of a second. */
function callsOf(layout: Layout): number {
  return layout.listeners > 1 ? 300_000 : 2_000_000;
}

function measured(layout: Layout, emitMany: (emitted: readonly string[], rounds: number) => void) {
  const emitted = names.slice(0, layout.names);
  const rounds = callsOf(layout) / emitted.length;
  return { "ns per emit": nanosecondsPerCall(callsOf(layout), () => emitMany(emitted, rounds)) };
}

async function raw(layout: Layout) {
  const { EventEmitter } = await import("eventemitter3");
  const emitter = new EventEmitter<{ [name: string]: [Sample] }>();
  const counter: Counter = { total: 0 };
  for (const { name, fns } of subscriptions(layout)) for (const fn of fns) emitter.on(name, fn, counter);
  return measured(layout, (emitted, rounds) => {
    for (let i = 0; i < rounds; i++) for (const name of emitted) emitter.emit(name, payload);
  });
}

async function pawl(how: "service.emit" | "bus.emit", layout: Layout) {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Listening extends Service {
    total = 0;
    override onStart() {
      for (const { name, fns } of subscriptions(layout)) for (const fn of fns) this.listen(name, fn);
    }
  }
  class Emitting extends Service {
    emitMany(emitted: readonly string[], rounds: number) {
      for (let i = 0; i < rounds; i++) for (const name of emitted) this.emit(name, payload);
    }
  }
  const emitting = new Emitting();
  const kernel = new Kernel({ providers: { listening: new Listening(), emitting } });
  await kernel.start();
  const { bus } = kernel;
  const emitMany = (emitted: readonly string[], rounds: number) => {
    for (let i = 0; i < rounds; i++) for (const name of emitted) bus.emit(name, payload);
  };
  const figures = measured(
    layout,
    how === "bus.emit" ? emitMany : (emitted, rounds) => emitting.emitMany(emitted, rounds),
  );
  await kernel.stop();
  return figures;
}

export const benchmark: Benchmark = {
  title: "Synchronous emit",
  about:
    "Nanoseconds of CPU per emit: raw eventemitter3, which only calls, against `service.emit` and `bus.emit` with every law (isolation, liveness, `this`, loop guard, promise check, owner). The ten listeners are ten different functions. A lone listener that never changes is inlined by the engine; names in turn are what an app has.",
  variants: Object.fromEntries(
    Object.entries(layouts).flatMap(([name, layout]) => [
      [`eventemitter3, ${name}`, { measure: () => raw(layout) }],
      [`service.emit, ${name}`, { measure: () => pawl("service.emit", layout) }],
      [`bus.emit, ${name}`, { measure: () => pawl("bus.emit", layout) }],
    ]),
  ),
  targets: (results) =>
    (["1 listener", "10 listeners"] as const).flatMap((count) =>
      ["service.emit", "bus.emit"].map((how) => ({
        what: `${how}, ${count}: emits per second against eventemitter3`,
        ...results.ratio(`eventemitter3, ${count}`, `${how}, ${count}`, "ns per emit"),
        atLeast: count === "1 listener" ? 0.9 : 0.6,
      })),
    ),
};
