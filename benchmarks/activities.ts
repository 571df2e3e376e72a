import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTimeAsync, heapUsed } from "./harness/cpu.ts";

const count = 100_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Held {
  /** Makes all of them. */
  begin(): void | Promise<void>;
  /** Ends all of them. */
  end(): void | Promise<void>;
}

/** What so many things take to begin, hold while they are there, take to end, and leave behind. */
async function measured({ begin, end }: Held): Promise<Figures> {
  const before = heapUsed();
  const began = await cpuTimeAsync(async () => begin());
  const held = heapUsed();
  const ended = await cpuTimeAsync(async () => end());
  await turn();
  const left = heapUsed();
  return {
    "µs to begin one": (began * 1000) / count,
    "bytes held by one": (held - before) / count,
    "µs to end one": (ended * 1000) / count,
    "KiB left by all": (left - before) / 1024,
  };
}

function later(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  return Promise.withResolvers<void>();
}

async function pawl(held: (service: import("@pawl/kernel").Service) => Held): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Working extends Service {}
  const working = new Working();
  const kernel = new Kernel({ providers: { working } });
  await kernel.start();
  const figures = await measured(held(working));
  await kernel.stop();
  return figures;
}

function tasks(): Promise<Figures> {
  const gate = later();
  return pawl((service) => ({
    async begin() {
      for (let i = 0; i < count; i++) service.spawn(() => gate.promise);
      await turn();
    },
    async end() {
      gate.resolve();
      await turn();
    },
  }));
}

function promises(): Promise<Figures> {
  const gate = later();
  return measured({
    async begin() {
      for (let i = 0; i < count; i++) void (async () => gate.promise)();
      await turn();
    },
    async end() {
      gate.resolve();
      await turn();
    },
  });
}

function intervals(how: "cancelled" | "stopped"): Promise<Figures> {
  return pawl((service) => {
    const handles: Disposable[] = [];
    return {
      begin() {
        for (let i = 0; i < count; i++) {
          const handle = service.interval(() => {}, "1h");
          if (how === "cancelled") handles.push(handle);
        }
      },
      async end() {
        if (how === "stopped") await service.stop();
        for (const handle of handles.splice(0)) handle[Symbol.dispose]();
      },
    };
  });
}

function timers(): Promise<Figures> {
  const handles: NodeJS.Timeout[] = [];
  return measured({
    begin() {
      for (let i = 0; i < count; i++) handles.push(setInterval(() => {}, 3_600_000));
    },
    end() {
      for (const handle of handles.splice(0)) clearInterval(handle);
    },
  });
}

export const benchmark: Benchmark = {
  title: "A hundred thousand activities",
  about:
    "Microseconds of CPU and bytes of heap of each of 100 000 tasks that wait for one promise, and of 100 000 intervals of an hour, against what Node has for it, which knows no owner. What all of them leave behind is compiled code.",
  variants: {
    "spawn()": { measure: tasks },
    "an async function": { measure: promises },
    "interval(), cancelled": { measure: () => intervals("cancelled") },
    "interval(), ended by the stop": { measure: () => intervals("stopped") },
    "setInterval()": { measure: timers },
  },
};
