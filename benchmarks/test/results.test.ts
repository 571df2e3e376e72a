import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Benchmark } from "../harness/benchmark.ts";
import { benchmarkNames, comparisonNames, loadBenchmark, loadComparison } from "../harness/catalog.ts";
import { barsOf, drawChart } from "../harness/chart.ts";
import { resultsDocument } from "../harness/document.ts";
import { readRecord, recordText } from "../harness/record.ts";
import { Results } from "../harness/results.ts";
import { runRounds } from "../harness/rounds.ts";

// Nothing is timed here: that the benchmarks are there, and that what is shown of them is what they have measured.

const folder = fileURLToPath(new URL("..", import.meta.url));
const written = (file: string) => readFileSync(join(folder, file), "utf8");
const howTo = "it is written by `pnpm bench`, and by `pnpm bench --report` from results.json";

test("every benchmark is a file, and every file is a benchmark", () => {
  const files = globSync("*.ts", { cwd: folder }).map((file) => basename(file, ".ts"));
  expect(files.toSorted()).toEqual([...comparisonNames, ...benchmarkNames, "run"].toSorted());
});

test.each(comparisonNames)("%s loads", async (name) => {
  expect(await loadComparison(name)).toBeTypeOf("function");
});

test.each(benchmarkNames)("%s loads, and what it shows of its results is of variants that it has", async (name) => {
  const { variants, growth, chart, about } = await loadBenchmark(name);
  expect(about).not.toBe("");
  const nothing = new Results({ figures: {}, failures: {} });
  const shown = [
    ...(growth ?? []).flatMap(({ sizes }) => sizes.map(([, variant]) => variant)),
    ...(chart?.(nothing) ?? []).flatMap(({ pawl, peers }) => [pawl, ...Object.values(peers)]),
  ];
  for (const variant of shown) expect(Object.keys(variants)).toContain(variant);
  for (const { sizes } of growth ?? []) expect(sizes).toHaveLength(4);
});

test("RESULTS.md is what results.json says", async () => {
  expect(await resultsDocument(readRecord()), howTo).toBe(written("RESULTS.md"));
});

test("the chart is what is drawn from results.json", async () => {
  const record = readRecord();
  expect(drawChart(await barsOf(record), record.date), howTo).toBe(written("results.svg"));
});

test("results.json is as it is written", () => {
  expect(recordText(readRecord())).toBe(written("results.json"));
});

describe("the harness", () => {
  const ofRounds = (rounds: Record<string, number[]>) =>
    new Results({
      figures: Object.fromEntries(Object.entries(rounds).map(([variant, ms]) => [variant, { ms }])),
      failures: {},
    });

  test("takes ratios within a round, and their median", () => {
    const results = ofRounds({ pawl: [1, 2, 4], peer: [10, 10, 12] });
    expect(results.ratio("peer", "pawl", "ms")).toEqual({ measured: 5, range: [3, 10] });
  });

  test("finds the exponent of what grows with the square of its size", () => {
    const results = ofRounds({ one: [3, 5], ten: [300, 500], hundred: [30_000, 50_000] });
    const { measured } = results.exponent("ms", [
      [1, "one"],
      [10, "ten"],
      [100, "hundred"],
    ]);
    expect(measured).toBeCloseTo(2);
  });

  test("has a bar to the right for who takes more, and to the left for who takes less", () => {
    const bars = [
      { label: "slow", measured: 10, range: [9, 11] },
      { label: "quick", measured: 0.5, range: [0.4, 0.6] },
    ] as const;
    const svg = drawChart([{ title: "work & rest", bars }], "2026-01-01");
    const one = Number(/class="one" x1="([\d.]+)"/.exec(svg)?.[1]);
    const at = (kind: string) =>
      /x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg.split(`rect class="${kind}"`)[1] ?? "");
    const [, slow] = at("more") ?? [];
    const [, quick, width] = at("less") ?? [];
    expect(Number(slow)).toBe(one);
    expect(Number(quick) + Number(width)).toBeCloseTo(one, 0);
    expect(svg).toContain("work &amp; rest: slow 10 times, quick 0.5 times.");
  });

  test("tells of a variant that fails and of one that hangs, and measures the others", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "benchmark-")), "benchmark.mjs");
    writeFileSync(
      file,
      `export const benchmark = { variants: {
        good: { measure: () => ({ ms: 1.5 }) },
        bad: { measure: () => { throw new RangeError("too much"); } },
        endless: { measure: () => new Promise((resolve) => setTimeout(resolve, 60_000)) },
      } };`,
    );
    const { benchmark } = (await import(file)) as { benchmark: Pick<Benchmark, "variants"> };
    const told: string[] = [];
    const settings = { title: "", about: "", rounds: 2, timeout: 2, ...benchmark };
    const results = await runRounds(file, settings, (variant) => told.push(variant));
    expect(results.values("good", "ms")).toEqual([1.5, 1.5]);
    expect(results.failures).toEqual({ bad: "RangeError: too much", endless: "not finished in 2 s" });
    expect(told).toEqual(["bad", "endless"]);
  });
});
