import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTimeAsync, heapUsed } from "./harness/cpu.ts";
import { readable } from "./harness/report.ts";

const sizes = [100, 1000, 10_000, 100_000] as const;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Held {
  /** Makes all of them. */
  begin(): void | Promise<void>;
  /** Ends all of them. */
  end(): void | Promise<void>;
}

/** What so many things take to begin, hold while they are there, take to end, and leave behind. */
async function measured(count: number, { begin, end }: Held): Promise<Figures> {
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

async function pawl(count: number, held: (service: import("@pawl/kernel").Service) => Held): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Working extends Service {}
  const working = new Working();
  const kernel = new Kernel({ providers: { working } });
  await kernel.start();
  const figures = await measured(count, held(working));
  await kernel.stop();
  return figures;
}

function tasks(count: number): Promise<Figures> {
  const gate = later();
  return pawl(count, (service) => ({
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

function promises(count: number): Promise<Figures> {
  const gate = later();
  return measured(count, {
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

function intervals(count: number, how: "cancelled" | "stopped"): Promise<Figures> {
  return pawl(count, (service) => {
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

/** What one interval holds when it has been called. */
async function calledIntervals(count: number): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Working extends Service {}
  const working = new Working();
  const kernel = new Kernel({ providers: { working } });
  await kernel.start();
  const handles: { readonly runs: number }[] = [];
  const before = heapUsed();
  for (let i = 0; i < count; i++) handles.push(working.interval(() => {}, "3s"));
  while (handles.some(({ runs }) => runs === 0)) await new Promise((resolve) => setTimeout(resolve, 100));
  const held = heapUsed();
  await kernel.stop();
  return { "bytes held by one": (held - before) / count };
}

function timers(count: number): Promise<Figures> {
  const handles: NodeJS.Timeout[] = [];
  return measured(count, {
    begin() {
      for (let i = 0; i < count; i++) handles.push(setInterval(() => {}, 3_600_000));
    },
    end() {
      for (const handle of handles.splice(0)) clearInterval(handle);
    },
  });
}

const all = 100_000;

/** What is begun and ended, by the name of the variant that has a hundred thousand. */
const kinds: Readonly<Record<string, (count: number) => Promise<Figures>>> = {
  "spawn()": tasks,
  "an async function": promises,
  "interval(), cancelled": (count) => intervals(count, "cancelled"),
  "interval(), ended by the stop": (count) => intervals(count, "stopped"),
  "setInterval()": timers,
};

const variant = (kind: string, count: number) => (count === all ? kind : `${kind}, ${readable(count)}`);

export const benchmark: Benchmark = {
  title: "A hundred thousand activities",
  about:
    "Microseconds of CPU and bytes of heap of each of 100 000 tasks that wait for one promise, and of 100 000 intervals of an hour, against what Node has for it, which knows no owner; and of fewer. What all of them leave behind is compiled code, which is most of what a hundred take.",
  rounds: 3,
  variants: {
    ...Object.fromEntries(
      Object.entries(kinds).flatMap(([kind, measure]) =>
        sizes.map((count) => [variant(kind, count), { measure: () => measure(count) }]),
      ),
    ),
    "interval(), called once": { measure: () => calledIntervals(all) },
  },
  growth: ["µs to begin one", "bytes held by one"].flatMap((figure) =>
    ["spawn()", "interval(), ended by the stop", "setInterval()"].map((kind) => ({
      what: `${figure.replace("one", "all")}: ${kind}`,
      figure,
      sizes: sizes.map((count) => [count, variant(kind, count)] as const),
      ofEach: true,
    })),
  ),
  targets: (results) =>
    ["interval(), ended by the stop", "interval(), called once"].map((held) => ({
      what: `100 000 intervals, ${held.slice("interval(), ".length)}: memory against setInterval()`,
      ...results.ratio(held, "setInterval()", "bytes held by one"),
      atMost: 2,
    })),
  chart: () => [
    {
      title: "hold 100 000 intervals: memory",
      figure: "bytes held by one",
      pawl: "interval(), ended by the stop",
      peers: { "setInterval()": "setInterval()" },
    },
  ],
};
