import { loadBenchmark } from "./catalog.ts";
import type { RunRecord } from "./record.ts";
import { section, targetTable, verdict, verdicts } from "./report.ts";
import { Results } from "./results.ts";

/** RESULTS.md, of what a run measured. */
export async function resultsDocument(record: RunRecord): Promise<string> {
  const ran = await Promise.all(
    Object.entries(record.benchmarks).map(async ([name, data]) => ({
      name,
      benchmark: await loadBenchmark(name),
      results: new Results(data),
    })),
  );
  const compared = Object.values(record.comparisons);
  const judged = [
    ...compared.flatMap(({ targets }) => targets.map(verdict)),
    ...ran.flatMap(({ benchmark, results }) => verdicts(benchmark, results)),
  ];
  const missed = judged.filter(({ met }) => !met).length;
  const leftOut = Object.entries(record.leftOut).map(([name, why]) => `- ${name}: ${why}`);
  return `${[
    "# Results of the benchmarks",
    `Written by \`pnpm bench\` on ${record.date} in ${record.seconds} s. Each figure is the median of the rounds, with the lowest and the highest round behind it; each ratio is the median of the ratios within one round. Every variant of a round runs in a process of its own, one after another, in alternating order. Times are CPU time of that process unless it says otherwise. The raw figures are in [results.json](results.json).`,
    record.machine,
    "![What peers take for the same work, against Pawl](results.svg)",
    "## Targets",
    missed === 0 ? "All are met." : `${missed} of ${judged.length} are missed.`,
    targetTable(judged),
    ...(leftOut.length > 0 ? ["## Left out", leftOut.join("\n")] : []),
    ...compared.map((comparison) => comparison.section),
    ...ran.map(({ name, benchmark, results }) => section(name, benchmark, results)),
  ].join("\n\n")}\n`;
}
