import { execFileSync, spawnSync } from "node:child_process";
import type { Figures } from "./benchmark.ts";

const benchmarks = `${import.meta.dirname}/..`;

/** Runs a program that prints its figures as JSON in a Node of its own, as an installed one runs: built JavaScript. */
export function figuresOf(program: string, flags: readonly string[] = []): Figures {
  const args = [...flags, "--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: benchmarks, encoding: "utf8" })) as Figures;
}

/** Builds the packages as they are published. */
export function buildPackages(): void {
  const { status, stdout } = spawnSync(process.execPath, [`${benchmarks}/../build.ts`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The packages do not build:\n${stdout}`);
}
