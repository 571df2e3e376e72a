import { existsSync, writeFileSync } from "node:fs";
import type { Benchmark, Comparison } from "./harness/benchmark.ts";
import { machine } from "./harness/machine.ts";
import { section, targetTable, type Verdict, verdict, verdicts } from "./harness/report.ts";
import { runRounds } from "./harness/rounds.ts";

// `pnpm bench` runs every benchmark and writes RESULTS.md; `pnpm bench emit imports` runs these two and only prints.

const all = [
  "conformance",
  "emit",
  "emit-and-wait",
  "unsubscribe",
  "start-stop",
  "growth",
  "imports",
  "async-context",
  "activities",
  "http-cpu",
  "actions",
  "observing",
  "jobs",
  "nats",
  "nats-actions",
  "type-check",
];

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : all;
const began = performance.now();
const sections: string[] = [];
const judged: Verdict[] = [];
for (const name of names) {
  const file = `${import.meta.dirname}/${name}.ts`;
  if (!existsSync(file)) throw new Error(`There is no benchmark "${name}". There are: ${all.join(", ")}`);
  const { benchmark, comparison } = (await import(file)) as { benchmark: Benchmark; comparison?: Comparison };
  if (comparison) {
    process.stderr.write(`${name} …\n`);
    const { section, targets } = await comparison();
    judged.push(...targets.map(verdict));
    sections.push(section);
    console.log(`\n${section}`);
    continue;
  }
  if (benchmark.missing) {
    process.stderr.write(`${name} is LEFT OUT: ${benchmark.missing}\n`);
    continue;
  }
  process.stderr.write(`${name} …\n`);
  const results = await runRounds(file, benchmark);
  judged.push(...verdicts(benchmark, results));
  const text = section(name, benchmark, results);
  sections.push(text);
  console.log(`\n${text}`);
}
if (asked.length === 0) {
  const seconds = Math.round((performance.now() - began) / 1000);
  writeFileSync(`${import.meta.dirname}/RESULTS.md`, report(seconds));
}
if (judged.length > 0) console.log(`\n${judged.filter(({ met }) => met).length} of ${judged.length} targets met`);

function report(seconds: number): string {
  const missed = judged.filter(({ met }) => !met).length;
  return `${[
    "# Results of the benchmarks",
    `Written by \`pnpm bench\` on ${new Date().toISOString().slice(0, 10)} in ${seconds} s. Each figure is the median of the rounds, with the lowest and the highest round behind it; each ratio is the median of the ratios within one round. Every variant of a round runs in a process of its own, one after another, in alternating order. Times are CPU time of that process unless it says otherwise.`,
    machine(),
    "## Targets",
    missed === 0 ? "All are met." : `${missed} of ${judged.length} are missed.`,
    targetTable(judged),
    ...sections,
  ].join("\n\n")}\n`;
}
