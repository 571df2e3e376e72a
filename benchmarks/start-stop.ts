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

async function awilix(needs: boolean) {
  const { asClass, createContainer, InjectionMode } = await import("awilix");
  const classes = Array.from({ length: count }, (_, i) => plainClass(i, needs));
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

async function pawl(kind: "instances" | "classes", needs: boolean) {
  const { Kernel } = await import("@pawl/kernel");
  if (kind === "classes") await import("awilix");
  const classes = await serviceClasses(count, needs);
  return measured(async () => {
    const providers = kind === "classes" ? classes : classes.map((service) => new service({} as never));
    const kernel = new Kernel({ providers: named<AnyProvider>(providers) });
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
  title: "Starting and stopping 1 000 services",
  about:
    "Milliseconds of CPU for one start and one stop of 1 000 services whose hooks await once; with needs, each constructor reads the service before it. The base is awilix with the loop that one writes around it: resolve and `await start()` in order, `await stop()` in reverse. The first run is that of an app, with cold code and a class of its own for each service; its main thread is what a start waits for, the rest are V8's compiler and collector beside it. The warm one is the median of forty more.",
  rounds: 3,
  variants: {
    awilix: { measure: () => awilix(false) },
    "pawl, instances": { measure: () => pawl("instances", false) },
    "pawl, classes": { measure: () => pawl("classes", false) },
    "awilix, with needs": { measure: () => awilix(true) },
    "pawl, classes with needs": { measure: () => pawl("classes", true) },
  },
  targets: (results) =>
    (["ms, first run, main thread", "ms, warm"] as const).flatMap((figure) =>
      [
        ["pawl, instances", "awilix"],
        ["pawl, classes", "awilix"],
        ["pawl, classes with needs", "awilix, with needs"],
      ].map(([variant, base]) => ({
        what: `${variant}, ${figure.slice(4)}: time against ${base}`,
        ...results.ratio(variant as string, base as string, figure),
        atMost: 2,
      })),
    ),
};
