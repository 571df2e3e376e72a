import { writeFileSync } from "node:fs";
import {
  benchmarkNames,
  checkName,
  comparisonNames,
  fileOf,
  loadBenchmark,
  loadComparison,
} from "./harness/catalog.ts";
import { barsOf, drawChart } from "./harness/chart.ts";
import { resultsDocument } from "./harness/document.ts";
import { machine } from "./harness/machine.ts";
import { type ComparisonData, type RunRecord, readRecord, recordFile, recordText } from "./harness/record.ts";
import { section, type Verdict, verdict, verdicts } from "./harness/report.ts";
import type { ResultsData } from "./harness/results.ts";
import { runRounds } from "./harness/rounds.ts";

// `pnpm bench` runs everything and writes results.json, RESULTS.md and results.svg; `pnpm bench emit imports` runs these
// two and only prints; `pnpm bench --report` makes RESULTS.md and results.svg from results.json once more. BENCH_ROUNDS=1
// has one round of each, for a quick look at whether everything runs.

const asked = process.argv.slice(2);
if (asked.includes("--report")) await write(readRecord());
else if (asked.length === 0) await writeAll();
else await run(asked);

async function writeAll(): Promise<void> {
  if (process.env["BENCH_ROUNDS"] !== undefined)
    throw new Error(
      "BENCH_ROUNDS is for a look at some: results that are written have all their rounds. Name some, or unset it",
    );
  const began = performance.now();
  const ran = await run([...comparisonNames, ...benchmarkNames]);
  const seconds = Math.round((performance.now() - began) / 1000);
  const record = { date: new Date().toISOString().slice(0, 10), seconds, machine: machine(), ...ran };
  writeFileSync(recordFile, recordText(record));
  await write(record);
}

async function run(names: readonly string[]): Promise<Pick<RunRecord, "benchmarks" | "comparisons" | "leftOut">> {
  for (const name of names) checkName(name);
  const benchmarks: Record<string, ResultsData> = {};
  const comparisons: Record<string, ComparisonData> = {};
  const leftOut: Record<string, string> = {};
  const judged: Verdict[] = [];
  for (const name of names) {
    const began = performance.now();
    process.stderr.write(`${name} …\n`);
    try {
      if (comparisonNames.includes(name)) {
        const comparison = await loadComparison(name);
        const compared = await comparison();
        comparisons[name] = compared;
        judged.push(...compared.targets.map(verdict));
        console.log(`\n${compared.section}`);
      } else {
        const benchmark = await loadBenchmark(name);
        if (benchmark.missing) throw new Error(benchmark.missing);
        const results = await runRounds(fileOf(name), benchmark, (variant, output) => {
          process.stderr.write(`${name}, "${variant}" FAILED:\n${output}\n`);
        });
        benchmarks[name] = results.toJSON();
        judged.push(...verdicts(benchmark, results));
        console.log(`\n${section(name, benchmark, results)}`);
      }
      process.stderr.write(`${name} took ${Math.round((performance.now() - began) / 1000)} s\n`);
    } catch (error) {
      // One that cannot run keeps none of the others from it.
      leftOut[name] = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${name} is LEFT OUT: ${leftOut[name]}\n`);
    }
  }
  if (judged.length > 0) console.log(`\n${judged.filter(({ met }) => met).length} of ${judged.length} targets met`);
  return { benchmarks, comparisons, leftOut };
}

async function write(record: RunRecord): Promise<void> {
  writeFileSync(`${import.meta.dirname}/RESULTS.md`, await resultsDocument(record));
  writeFileSync(`${import.meta.dirname}/results.svg`, drawChart(await barsOf(record), record.date));
}
