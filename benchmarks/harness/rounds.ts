import { spawn } from "node:child_process";
import type { Benchmark, Figures } from "./benchmark.ts";
import { nodeOf } from "./node-versions.ts";
import { Results } from "./results.ts";

const child = `${import.meta.dirname}/child.ts`;

/**
 * Measures every variant of a benchmark in each round, one process after another. Every other round goes the other way
 * round, so that a machine that gets slower or faster meanwhile does so for all. A variant that fails, or takes longer
 * than the benchmark's `timeout`, is told of by `onFailure`, gets no figures and is not tried again.
 */
export async function runRounds(
  file: string,
  benchmark: Benchmark,
  onFailure: (variant: string, output: string) => void,
): Promise<Results> {
  const found = Object.entries(benchmark.variants).flatMap(([name, { node }]) => {
    const executable = nodeOf(node);
    return executable ? [{ name, executable }] : [];
  });
  const rounds = new Map<string, Figures[]>(found.map(({ name }) => [name, []]));
  const failures: Record<string, string> = {};
  const times = Number(process.env["BENCH_ROUNDS"] ?? benchmark.rounds ?? 5);
  for (let round = 0; round < times; round++) {
    for (const { name, executable } of round % 2 === 0 ? found : found.toReversed()) {
      if (name in failures) continue;
      const measured = await measure(executable, file, name, benchmark.timeout ?? 60);
      if ("failed" in measured) {
        failures[name] = measured.failed;
        rounds.delete(name);
        onFailure(name, measured.output);
      } else rounds.get(name)?.push(measured.figures);
    }
  }
  return Results.ofRounds(rounds, failures);
}

type Measured = { readonly figures: Figures } | { readonly failed: string; readonly output: string };

async function measure(executable: string, file: string, variant: string, timeout: number): Promise<Measured> {
  const flags = ["--conditions=pawl-source", "--expose-gc", "--disable-warning=ExperimentalWarning"];
  const measuring = spawn(executable, [...flags, child, file, variant], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  let output = "";
  let errors = "";
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    measuring.kill("SIGKILL");
  }, timeout * 1000);
  measuring.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  measuring.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    measuring.once("error", reject);
    measuring.once("close", resolve);
  });
  clearTimeout(timer);
  if (late) return { failed: `not finished in ${timeout} s`, output: errors };
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  if (code === 0 && last.startsWith("{")) return { figures: JSON.parse(last) as Figures };
  return { failed: firstError(errors) ?? `ended with ${code}`, output: errors || output };
}

/** `Error: it failed`, of what Node writes of an error that nobody caught. */
function firstError(errors: string): string | undefined {
  return errors.split("\n").find((line) => /^\w*Error\b[^:]*: /.test(line));
}
