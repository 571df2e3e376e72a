import type { Benchmark, Comparison } from "./benchmark.ts";

/** What is compared without figures, before the benchmarks: `conformance` is the file conformance.ts. */
export const comparisonNames: readonly string[] = ["conformance"];

/** The benchmarks in the order in which they run: `emit` is the file emit.ts. */
export const benchmarkNames: readonly string[] = [
  "emit",
  "emit-pattern",
  "emit-and-wait",
  "unsubscribe",
  "resolve",
  "boot",
  "start-stop",
  "growth",
  "imports",
  "first-answer",
  "async-context",
  "activities",
  "http-cpu",
  "actions",
  "calls",
  "observing",
  "jobs",
  "nats",
  "nats-actions",
  "type-check",
];

export function fileOf(name: string): string {
  return `${import.meta.dirname}/../${name}.ts`;
}

/** @throws Error for a name that is not listed */
export function checkName(name: string): void {
  const names = [...comparisonNames, ...benchmarkNames];
  if (!names.includes(name)) throw new Error(`There is no benchmark "${name}". There are: ${names.join(", ")}`);
}

export async function loadComparison(name: string): Promise<Comparison> {
  checkName(name);
  const { comparison } = (await import(fileOf(name))) as { comparison: Comparison };
  return comparison;
}

export async function loadBenchmark(name: string): Promise<Benchmark> {
  checkName(name);
  const { benchmark } = (await import(fileOf(name))) as { benchmark: Benchmark };
  return benchmark;
}
