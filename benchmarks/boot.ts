import { type Booted, boots, type Prepare } from "./contenders/boots.ts";
import type { Benchmark, Figures, Target } from "./harness/benchmark.ts";
import { cpuTimeAsync, heapUsed, mainThreadTime } from "./harness/cpu.ts";
import { median, type Results } from "./harness/results.ts";

const sizes = [10, 100, 1000, 10_000] as const;
const contenders: Readonly<Record<string, Prepare>> = boots;
const names = Object.keys(contenders);

/** Frameworks that start and stop what they are given, each with an order and an end of its own. */
const frameworks = ["avvio", "fastify", "Nest", "Moleculer", "Effect"] as const;

const sized = (size: number) => size.toLocaleString("en").replaceAll(",", " ");
const variant = (contender: string, size: number) => `${contender}, ${sized(size)}`;

async function measure(prepare: Prepare, size: number): Promise<Figures> {
  const counted = { started: 0, stopped: 0 };
  const boot = await prepare(size, {
    async start() {
      await undefined;
      counted.started++;
    },
    async stop() {
      await undefined;
      counted.stopped++;
    },
  });
  const check = () => {
    if (counted.started !== size || counted.stopped !== size)
      throw new Error(`of ${size}, ${counted.started} were started and ${counted.stopped} stopped`);
    Object.assign(counted, { started: 0, stopped: 0 });
  };

  globalThis.gc?.();
  let booted: Booted | undefined;
  const bootFirst = await mainThreadTime(async () => {
    booted = await boot();
  });
  const stopFirst = await mainThreadTime(async () => booted?.stop());
  check();

  const bootTimes: number[] = [];
  const stopTimes: number[] = [];
  // Until the code is warm and there are enough to take a median of; what takes seconds is done three times.
  for (let spent = 0; bootTimes.length < 3 || (spent < 200 && bootTimes.length < 60); ) {
    // A turn of the event loop: without it, nothing that a WeakRef was made for is ever collected.
    await new Promise(setImmediate);
    bootTimes.push(
      await cpuTimeAsync(async () => {
        booted = await boot();
      }),
    );
    stopTimes.push(await cpuTimeAsync(async () => booted?.stop()));
    check();
    spent += (bootTimes.at(-1) ?? 0) + (stopTimes.at(-1) ?? 0);
  }

  booted = undefined;
  const held: number[] = [];
  for (let i = 0; i < (size < 1000 ? 5 : 1); i++) held.push(await bytes(boot));
  const warm = bootTimes.length >> 1;
  return {
    "ms to boot, first": bootFirst,
    "ms to stop, first": stopFirst,
    "ms to boot, warm": median(bootTimes.slice(warm)),
    "ms to stop, warm": median(stopTimes.slice(warm)),
    "KiB held": median(held) / 1024,
  };
}

/** What is on the heap while it runs. A function of its own: what a caller leaves in its variables would count too. */
async function bytes(boot: () => Promise<Booted>): Promise<number> {
  const before = await settledHeap();
  const booted = await boot();
  const held = (await settledHeap()) - before;
  await booted.stop();
  return held;
}

/** Bytes of the heap in use when timers and finalizers of what was there before have had their turns. */
async function settledHeap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise(setImmediate);
    heapUsed();
  }
  return heapUsed();
}

/** Pawl with classes, as an app has them, against a peer. */
function against(results: Results, figure: string, peer: string, wanted: Pick<Target, "atMost">): Target {
  const ratio = results.ratio(variant("pawl, classes", 1000), variant(peer, 1000), figure);
  return { what: `pawl, classes, 1 000: ${figure}, against ${peer}`, ...ratio, ...wanted };
}

const growing = [
  ["ms to boot, warm", "time of a boot"],
  ["ms to stop, warm", "time of a stop"],
  ["KiB held", "memory"],
] as const;

export const benchmark: Benchmark = {
  title: "Boot and stop beside peers",
  about:
    "Milliseconds of CPU to boot 10 to 10 000 services that wait once in their start and once in their stop, to stop them, and what they hold on the heap meanwhile. The first one, as an app has it: with cold code, CPU of the main thread; the warm one: CPU of the process, the median of the later half of those that fit into a fifth of a second, three at least. As each has it: providers of one module with lifecycle hooks (Nest), plugins with `onClose` (avvio, fastify), services (Moleculer), layers that acquire and release (Effect), singletons that a loop resolves, starts and stops in reverse (awilix). Counted each time: whether all were started and stopped. Nest, Moleculer and Effect start theirs all together, the others one after another.",
  rounds: 3,
  timeout: 20,
  variants: Object.fromEntries(
    names.flatMap((name) =>
      sizes.map((size) => [variant(name, size), { measure: () => measure(contenders[name] as Prepare, size) }]),
    ),
  ),
  growth: growing.flatMap(([figure, what]) =>
    names.map((name) => ({
      what: `${what} with the services: ${name}`,
      figure,
      sizes: sizes.map((size) => [size, variant(name, size)] as const),
    })),
  ),
  targets: (results) => [
    ...(["ms to boot, first", "ms to stop, first", "ms to boot, warm", "ms to stop, warm"] as const).flatMap(
      (figure) => [
        ...frameworks.map((peer) => against(results, figure, peer, { atMost: 1 })),
        against(results, figure, "awilix and a plain loop", { atMost: 2 }),
      ],
    ),
    ...growing.map(([figure, what]) => ({
      what: `pawl, classes: exponent of ${what} from 10 to 10 000 services`,
      ...results.exponent(
        figure,
        sizes.map((size) => [size, variant("pawl, classes", size)] as const),
      ),
      atMost: 1.15,
      unit: "",
    })),
  ],
  chart: () =>
    (
      [
        ["ms to boot, first", "boot of 1 000 services, the first time: CPU of the main thread"],
        ["ms to stop, first", "stop of 1 000 services, the first time: CPU of the main thread"],
        ["ms to stop, warm", "stop of 1 000 services, warm: CPU"],
        ["KiB held", "memory of an app of 1 000 services"],
      ] as const
    ).map(([figure, title]) => ({
      title,
      figure,
      pawl: variant("pawl, classes", 1000),
      peers: Object.fromEntries([...frameworks, "awilix and a plain loop"].map((peer) => [peer, variant(peer, 1000)])),
    })),
};
