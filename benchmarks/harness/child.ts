import type { Benchmark } from "./benchmark.ts";

// One variant of one benchmark in a process of its own: `child.ts <benchmark file> <variant>`. The figures go to the
// last line of the output.

const [file, name] = process.argv.slice(2);
const { benchmark } = (await import(file as string)) as { benchmark: Benchmark };
const variant = benchmark.variants[name as string];
if (!variant)
  throw new Error(`${file} has no variant "${name}". It has: ${Object.keys(benchmark.variants).join(", ")}`);
const figures = await variant.measure();
process.stdout.write(`\n${JSON.stringify(figures)}\n`);
