import type { AnyProvider } from "@pawl/kernel";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTimeAsync, mainThreadTime } from "./harness/cpu.ts";
import { nameOf, plainClass, type Startable, serviceClasses } from "./harness/plain-services.ts";
import { median } from "./harness/results.ts";

const count = 1000;

/** The first run, as an app has it that starts once, and the median of forty more, with warm code. */
async function measured(startAndStop: () => Promise<void>): Promise<Figures> {
  globalThis.gc?.();
  let mainThread = 0;
  const first = await cpuTimeAsync(async () => {
    mainThread = await mainThreadTime(startAndStop);
  });
  const later: number[] = [];
  for (let i = 0; i < 40; i++) {
    // A turn of the event loop: without it, nothing that a WeakRef was made for is ever collected.
    await new Promise(setImmediate);
    later.push(await cpuTimeAsync(startAndStop));
  }
  return { "ms, first run": first, "ms, first run, main thread": mainThread, "ms, warm": median(later) };
}

async function awilix() {
  const { asClass, createContainer, InjectionMode } = await import("awilix");
  const classes = Array.from({ length: count }, (_, i) => plainClass(i, true));
  return measured(async () => {
    const container = createContainer({ injectionMode: InjectionMode.PROXY });
    container.register(named(classes.map((plain) => asClass(plain).singleton())));
    const started: Startable[] = [];
    for (let i = 0; i < count; i++) {
      const service = container.resolve<Startable>(nameOf(i));
      await service.start();
      started.push(service);
    }
    for (const service of started.reverse()) await service.stop();
  });
}

async function pawl() {
  const { Kernel } = await import("@pawl/kernel");
  await import("awilix");
  const classes = await serviceClasses(count, true);
  return measured(async () => {
    const kernel = new Kernel({ providers: named<AnyProvider>(classes) });
    await kernel.start();
    await kernel.stop();
  });
}

// Without a prototype it is a dictionary from the start: an object that gets a thousand names one by one changes its
// shape with each.
function named<T>(things: readonly T[]): { [name: string]: T } {
  const all: { [name: string]: T } = Object.create(null);
  for (const [i, thing] of things.entries()) all[nameOf(i)] = thing;
  return all;
}

export const benchmark: Benchmark = {
  title: "Starting and stopping 1 000 services that need each other",
  about:
    "Milliseconds of CPU for one start and one stop of 1 000 services whose hooks await once; each constructor reads the service before it. (`boot` has those that need nothing.) The base is awilix with the loop that one writes around it: resolve and `await start()` in order, `await stop()` in reverse. The first run is that of an app, with cold code and a class of its own for each service; its main thread is what a start waits for, the rest are V8's compiler and collector beside it. The warm one is the median of forty more.",
  rounds: 3,
  variants: {
    "awilix, with needs": { measure: awilix },
    "pawl, classes with needs": { measure: pawl },
  },
  targets: (results) =>
    (["ms, first run, main thread", "ms, warm"] as const).map((figure) => ({
      what: `pawl, classes with needs, ${figure.slice(4)}: time against awilix, with needs`,
      ...results.ratio("pawl, classes with needs", "awilix, with needs", figure),
      atMost: 2,
    })),
};
