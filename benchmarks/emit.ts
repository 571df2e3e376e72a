import type { Benchmark } from "./harness/benchmark.ts";
import { nanosecondsPerCall } from "./harness/cpu.ts";
import { type Counter, listeners, type Sample } from "./harness/listeners.ts";

const once = 2_000_000;
const tenfold = 300_000;

const names = Array.from({ length: 20 }, (_, i) => `sample:${i}`);

async function rawMany() {
  const { EventEmitter } = await import("eventemitter3");
  const emitter = new EventEmitter<{ [name: string]: [Sample] }>();
  const counter: Counter = { total: 0 };
  names.forEach((name, i) => emitter.on(name, listeners[i % 10] as never, counter));
  const payload: Sample = { value: 1 };
  const emits = 100_000;
  return {
    "ns per emit": nanosecondsPerCall(emits * names.length, () => {
      for (let i = 0; i < emits; i++) for (const name of names) emitter.emit(name, payload);
    }),
  };
}

async function pawlMany() {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Listening extends Service {
    total = 0;
    override onStart() {
      names.forEach((name, i) => this.listen(name, listeners[i % 10] as () => void));
    }
  }
  const emits = 100_000;
  class Emitting extends Service {
    emitMany() {
      const payload: Sample = { value: 1 };
      for (let i = 0; i < emits; i++) for (const name of names) this.emit(name, payload);
    }
  }
  const emitting = new Emitting();
  const kernel = new Kernel({ providers: { listening: new Listening(), emitting } });
  await kernel.start();
  const figures = { "ns per emit": nanosecondsPerCall(emits * names.length, () => emitting.emitMany()) };
  await kernel.stop();
  return figures;
}

async function raw(count: number, emits: number) {
  const { EventEmitter } = await import("eventemitter3");
  const emitter = new EventEmitter<{ sample: [Sample] }>();
  const counter: Counter = { total: 0 };
  for (const listener of listeners.slice(0, count)) emitter.on("sample", listener, counter);
  const payload: Sample = { value: 1 };
  return {
    "ns per emit": nanosecondsPerCall(emits, () => {
      for (let i = 0; i < emits; i++) emitter.emit("sample", payload);
    }),
  };
}

async function pawl(how: "service" | "bus", count: number, emits: number) {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Listening extends Service {
    total = 0;
    override onStart() {
      for (const listener of listeners.slice(0, count)) this.listen("sample", listener as () => void);
    }
  }
  class Emitting extends Service {
    emitMany() {
      const payload: Sample = { value: 1 };
      for (let i = 0; i < emits; i++) this.emit("sample", payload);
    }
  }
  const emitting = new Emitting();
  const kernel = new Kernel({ providers: { listening: new Listening(), emitting } });
  await kernel.start();
  const { bus } = kernel;
  const payload: Sample = { value: 1 };
  const figures = {
    "ns per emit": nanosecondsPerCall(
      emits,
      how === "service"
        ? () => emitting.emitMany()
        : () => {
            for (let i = 0; i < emits; i++) bus.emit("sample", payload);
          },
    ),
  };
  await kernel.stop();
  return figures;
}

export default {
  title: "Synchronous emit",
  about:
    "Nanoseconds of CPU per emit: raw eventemitter3, which only calls, against `service.emit` and `bus.emit` with every law (isolation, liveness, `this`, loop guard, promise check, owner). The ten listeners are ten different functions.",
  variants: {
    "eventemitter3, 20 names": { measure: rawMany },
    "service.emit, 20 names": { measure: pawlMany },
    "eventemitter3, 1 listener": { measure: () => raw(1, once) },
    "service.emit, 1 listener": { measure: () => pawl("service", 1, once) },
    "bus.emit, 1 listener": { measure: () => pawl("bus", 1, once) },
    "eventemitter3, 10 listeners": { measure: () => raw(10, tenfold) },
    "service.emit, 10 listeners": { measure: () => pawl("service", 10, tenfold) },
    "bus.emit, 10 listeners": { measure: () => pawl("bus", 10, tenfold) },
  },
  targets: (results) =>
    (["1 listener", "10 listeners"] as const).flatMap((count) =>
      ["service.emit", "bus.emit"].map((how) => ({
        what: `${how}, ${count}: emits per second against eventemitter3`,
        ...results.ratio(`eventemitter3, ${count}`, `${how}, ${count}`, "ns per emit"),
        atLeast: count === "1 listener" ? 0.9 : 0.6,
      })),
    ),
} satisfies Benchmark;
