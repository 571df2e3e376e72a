import { spawn } from "node:child_process";
import type { Benchmark, Figures } from "./benchmark.ts";
import { nodeOf } from "./node-versions.ts";
import { Results } from "./results.ts";

const child = `${import.meta.dirname}/child.ts`;

/**
 * Measures every variant of a benchmark in each round, one process after another. Every other round goes the other way
 * round, so that a machine that gets slower or faster meanwhile does so for all.
 *
 * @throws Error with the output of a child that failed
 */
export async function runRounds(file: string, benchmark: Benchmark): Promise<Results> {
  const found = Object.entries(benchmark.variants).flatMap(([name, { node }]) => {
    const executable = nodeOf(node);
    return executable ? [{ name, executable }] : [];
  });
  const rounds = new Map<string, Figures[]>(found.map(({ name }) => [name, []]));
  for (let round = 0; round < (benchmark.rounds ?? 5); round++) {
    for (const { name, executable } of round % 2 === 0 ? found : found.toReversed()) {
      rounds.get(name)?.push(await measure(executable, file, name));
    }
  }
  return new Results(rounds);
}

async function measure(executable: string, file: string, variant: string): Promise<Figures> {
  const flags = ["--conditions=pawl-source", "--expose-gc", "--disable-warning=ExperimentalWarning"];
  const process = spawn(executable, [...flags, child, file, variant], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  process.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  process.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    process.once("error", reject);
    process.once("close", resolve);
  });
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0 || !last.startsWith("{"))
    throw new Error(`${file}, "${variant}" ended with ${code}:\n${errors || output}`);
  return JSON.parse(last) as Figures;
}
