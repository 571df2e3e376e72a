import type { AnyProvider, Kernel, ServiceClass } from "@pawl/kernel";
import type { Benchmark, Figures, Variant } from "./harness/benchmark.ts";
import { cpuTimeAsync, heapUsed } from "./harness/cpu.ts";
import { nameOf, serviceClasses } from "./harness/plain-services.ts";
import { median } from "./harness/results.ts";

const sizes = [10, 100, 1000, 10_000];

function make(classes: readonly ServiceClass[], kernelClass: typeof Kernel): Kernel {
  const providers: { [name: string]: AnyProvider } = Object.create(null);
  for (const [i, service] of classes.entries()) providers[nameOf(i)] = new service({} as never);
  return new kernelClass({ providers });
}

/** Milliseconds of CPU of one start and one stop. */
async function times(kernel: Kernel): Promise<{ readonly start: number; readonly stop: number }> {
  const start = await cpuTimeAsync(() => kernel.start());
  return { start, stop: await cpuTimeAsync(() => kernel.stop()) };
}

/** Bytes that a start adds to the heap. A function of its own: what a caller leaves in its variables would count too. */
async function bytes(kernel: Kernel): Promise<number> {
  const before = heapUsed();
  await kernel.start();
  const held = heapUsed() - before;
  await kernel.stop();
  return held;
}

async function measure(size: number): Promise<Figures> {
  const { Kernel } = await import("@pawl/kernel");
  const classes = await serviceClasses(Math.max(size, 1000), false);
  const some = classes.slice(0, size);
  // Warm code for every size, so that what differs is the size.
  for (let i = 0; i < 10; i++) await times(make(classes.slice(0, 1000), Kernel));
  const runs: { readonly start: number; readonly stop: number }[] = [];
  for (let i = 0; i < Math.max(5, 2000 / size); i++) {
    // A turn of the event loop: without it, nothing that a WeakRef was made for is ever collected.
    await new Promise(setImmediate);
    runs.push(await times(make(some, Kernel)));
  }
  const held: number[] = [];
  for (let i = 0; i < 3; i++) {
    await new Promise(setImmediate);
    held.push(await bytes(make(some, Kernel)));
  }
  return {
    "µs to start one": (median(runs.map(({ start }) => start)) * 1000) / size,
    "µs to stop one": (median(runs.map(({ stop }) => stop)) * 1000) / size,
    "bytes held by one": median(held) / size,
  };
}

const variant = (size: number) => `${size.toLocaleString("en").replaceAll(",", " ")} services`;

export const benchmark: Benchmark = {
  title: "Growth with the number of services",
  about:
    "Microseconds of CPU and bytes of heap per service, of kernels with so many services whose hooks await once. What a start or stop costs whatever its size shows in the small ones.",
  rounds: 3,
  variants: Object.fromEntries(
    sizes.map((size): [string, Variant] => [variant(size), { measure: () => measure(size) }]),
  ),
  growth: (["µs to start one", "µs to stop one", "bytes held by one"] as const).map((figure) => ({
    what: figure.replace("one", "all"),
    figure,
    sizes: sizes.map((size) => [size, variant(size)] as const),
    ofEach: true,
  })),
  targets: (results) =>
    (["µs to start one", "µs to stop one", "bytes held by one"] as const).map((figure) => ({
      what: `${figure}: among ${variant(10_000)} against among ${variant(1000)}`,
      ...results.ratio(variant(10_000), variant(1000), figure),
      atMost: 2,
    })),
};
