import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTimeAsync } from "./harness/cpu.ts";
import { nameOf, plainClass, type Startable, serviceClasses } from "./harness/plain-services.ts";
import { median } from "./harness/results.ts";

const count = 1000;

/** The first run, as an app has it that starts once, and the median of forty more, with warm code. */
async function measured(startAndStop: () => Promise<void>): Promise<Figures> {
  globalThis.gc?.();
  const first = await cpuTimeAsync(startAndStop);
  const later: number[] = [];
  for (let i = 0; i < 40; i++) {
    // A turn of the event loop: without it, nothing that a WeakRef was made for is ever collected.
    await new Promise(setImmediate);
    later.push(await cpuTimeAsync(startAndStop));
  }
  return { "ms, first run": first, "ms, warm": median(later) };
}

async function awilix(needs: boolean) {
  const { asClass, createContainer, InjectionMode } = await import("awilix");
  const classes = Array.from({ length: count }, (_, i) => plainClass(i, needs));
  return measured(async () => {
    const container = createContainer({ injectionMode: InjectionMode.PROXY });
    for (const [i, plain] of classes.entries()) container.register(nameOf(i), asClass(plain).singleton());
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
    const providers = Object.fromEntries(
      classes.map((service, i) => [nameOf(i), kind === "classes" ? service : new service({} as never)]),
    );
    const kernel = new Kernel({ providers });
    await kernel.start();
    await kernel.stop();
  });
}

export const benchmark: Benchmark = {
  title: "Starting and stopping 1 000 services",
  about:
    "Milliseconds of CPU for one start and one stop of 1 000 services whose hooks await once; with needs, each constructor reads the service before it. The base is awilix with the loop that one writes around it: resolve and `await start()` in order, `await stop()` in reverse.",
  variants: {
    awilix: { measure: () => awilix(false) },
    "pawl, instances": { measure: () => pawl("instances", false) },
    "pawl, classes": { measure: () => pawl("classes", false) },
    "awilix, with needs": { measure: () => awilix(true) },
    "pawl, classes with needs": { measure: () => pawl("classes", true) },
  },
  targets: (results) =>
    (["ms, first run", "ms, warm"] as const).flatMap((figure) =>
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
