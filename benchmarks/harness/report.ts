import type { Benchmark, Growth, Target } from "./benchmark.ts";
import type { Results } from "./results.ts";

/** What became of a target. */
export interface Verdict extends Target {
  readonly met: boolean;
}

export function verdicts(benchmark: Benchmark, results: Results): readonly Verdict[] {
  return (benchmark.targets?.(results) ?? []).map(verdict);
}

export const verdict = (target: Target): Verdict => ({
  ...target,
  met:
    target.measured >= (target.atLeast ?? Number.NEGATIVE_INFINITY) &&
    target.measured <= (target.atMost ?? Number.POSITIVE_INFINITY),
});

/** One benchmark as a section of markdown: what it is, its figures, what failed, how it grows, its targets. */
export function section(name: string, benchmark: Benchmark, results: Results): string {
  const judged = verdicts(benchmark, results);
  const failed = Object.entries(results.failures);
  const missing = Object.entries(benchmark.variants)
    .filter(([variant, { node }]) => node && !results.variants.includes(variant) && !(variant in results.failures))
    .map(([variant]) => variant);
  return [
    `## ${benchmark.title}`,
    `\`pnpm bench ${name}\`, ${results.rounds === 1 ? "1 round" : `${results.rounds} rounds`}. ${benchmark.about}`,
    ...figureTables(results),
    ...(failed.length > 0 ? [table(["no figures", "why"], failed)] : []),
    ...(missing.length > 0
      ? [`Not measured, since its Node is not installed (\`pnpm test:nodes\` does): ${missing.join(", ")}.`]
      : []),
    ...(benchmark.growth ? [growthTable(benchmark.growth, results)] : []),
    ...(judged.length > 0 ? [targetTable(judged)] : []),
  ].join("\n\n");
}

/** The targets of all benchmarks, each with its measure and whether it was met. */
export function targetTable(judged: readonly Verdict[]): string {
  return table(
    ["target", "measured", "rounds", "wanted", ""],
    judged.map((verdict) => {
      const unit = verdict.unit ?? "×";
      const wanted = verdict.atLeast === undefined ? `≤ ${verdict.atMost} ${unit}` : `≥ ${verdict.atLeast} ${unit}`;
      const rounds = verdict.range ? verdict.range.map(readable).join(" – ") : "";
      return [
        verdict.what,
        `${readable(verdict.measured)} ${unit}`,
        rounds,
        wanted,
        verdict.met ? "met" : "**missed**",
      ];
    }),
  );
}

/** The exponent with which all that is measured grows together: that of each, and 1 more. */
function exponentOf(growth: Growth, results: Results): ReturnType<Results["exponent"]> {
  const { measured, range } = results.exponent(growth.figure, growth.sizes);
  const more = growth.ofEach ? 1 : 0;
  return { measured: measured + more, range: [range[0] + more, range[1] + more] };
}

function growthTable(grown: readonly Growth[], results: Results): string {
  const rows = grown.map((growth) => {
    const { measured, range } = exponentOf(growth, results);
    const sizes = growth.sizes.map(([size]) => readable(size)).join(", ");
    return [growth.what, sizes, `${exponent(measured)} (${exponent(range[0])} – ${exponent(range[1])})`];
  });
  return table(["growth", "sizes", "exponent (1 is linear, 0 is constant)"], rows);
}

/** One table for each set of figures: variants that measure the same stand together. */
function figureTables(results: Results): readonly string[] {
  const groups = Map.groupBy(results.variants, (variant) => results.figures(variant).join("\n"));
  return [...groups.values()].map((variants) => {
    const figures = results.figures(variants[0] as string);
    const rows = variants.map((variant) => [
      variant,
      ...figures.map((figure) => {
        const [lowest, highest] = results.range(variant, figure);
        const middle = readable(results.median(variant, figure));
        return lowest === highest ? middle : `${middle} (${readable(lowest)} – ${readable(highest)})`;
      }),
    ]);
    return table(["", ...figures], rows);
  });
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function exponent(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "–";
}

/** Three significant digits are all that such a measure is worth. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1000)
    return Math.round(Number(value.toPrecision(3)))
      .toLocaleString("en")
      .replaceAll(",", " ");
  return String(Number(value.toPrecision(3)));
}
