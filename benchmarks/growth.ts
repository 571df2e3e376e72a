import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTimeAsync, heapUsed } from "./harness/cpu.ts";
import { nameOf, serviceClasses } from "./harness/plain-services.ts";
import { median } from "./harness/results.ts";

async function sized(count: number): Promise<Figures> {
  const { Kernel } = await import("@pawl/kernel");
  const classes = await serviceClasses(count, false);
  const starts: number[] = [];
  const stops: number[] = [];
  let kilobytes = 0;
  // As many services in all at every size, so that the code is as warm.
  const runs = Math.max(3, Math.min(200, 30_000 / count));
  for (let run = 0; run < runs; run++) {
    const providers = Object.fromEntries(classes.map((service, i) => [nameOf(i), new service({} as never)]));
    const kernel = new Kernel({ providers });
    const before = run === 0 ? heapUsed() : 0;
    starts.push(await cpuTimeAsync(() => kernel.start()));
    if (run === 0) kilobytes = (heapUsed() - before) / 1024;
    stops.push(await cpuTimeAsync(() => kernel.stop()));
    await new Promise(setImmediate);
  }
  return {
    "µs per start of one": (median(starts) * 1000) / count,
    "µs per stop of one": (median(stops) * 1000) / count,
    "KB of heap per running one": kilobytes / count,
  };
}

export const benchmark: Benchmark = {
  title: "Growth with the number of services",
  about: "CPU of start and stop, and heap while running, per service: flat figures mean linear growth.",
  rounds: 3,
  variants: Object.fromEntries(
    [10, 100, 1_000, 10_000].map((count) => [`${count} services`, { measure: () => sized(count) }]),
  ),
};
