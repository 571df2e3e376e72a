import { readFileSync } from "node:fs";
import type { Target } from "./benchmark.ts";
import type { ResultsData } from "./results.ts";

export interface ComparisonData {
  readonly section: string;
  readonly targets: readonly Target[];
}

/** One run of all benchmarks, as results.json keeps it. RESULTS.md and the chart are made from it. */
export interface RunRecord {
  /** The day, as ISO 8601 has it. */
  readonly date: string;
  readonly seconds: number;
  /** Where and with what it ran: a list of markdown. */
  readonly machine: string;
  /** What comparisons without figures gave, by name. */
  readonly comparisons: { readonly [name: string]: ComparisonData };
  /** By the name of the benchmark, in the order in which they ran. */
  readonly benchmarks: { readonly [name: string]: ResultsData };
  /** Why a benchmark has no results, by its name. */
  readonly leftOut: { readonly [name: string]: string };
}

export const recordFile = `${import.meta.dirname}/../results.json`;

export function readRecord(): RunRecord {
  return JSON.parse(readFileSync(recordFile, "utf8")) as RunRecord;
}

/** As JSON with a line for each figure: a file of which a diff shows what has changed. */
export function recordText(record: RunRecord): string {
  const onLines = JSON.stringify(record, undefined, 1);
  return `${onLines.replaceAll(/\[\s+([^[\]{}"]*?)\s+\]/g, (_, values: string) => `[${values.replaceAll(/\s+/g, " ")}]`)}\n`;
}
