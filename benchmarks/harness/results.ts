import type { Figures } from "./benchmark.ts";

/** Results as they are kept in results.json: every figure in each round, by variant, and the errors of those that failed. */
export interface ResultsData {
  readonly figures: { readonly [variant: string]: { readonly [figure: string]: readonly number[] } };
  readonly failures: { readonly [variant: string]: string };
}

/** What all rounds of one benchmark gave, by variant. */
export class Results {
  readonly #figures: ResultsData["figures"];
  /** Why a variant has no figures, by variant. */
  readonly failures: ResultsData["failures"];

  constructor({ figures, failures }: ResultsData) {
    this.#figures = figures;
    this.failures = failures;
  }

  static ofRounds(
    rounds: ReadonlyMap<string, readonly Figures[]>,
    failures: Readonly<Record<string, string>> = {},
  ): Results {
    const figures = [...rounds].map(([variant, measured]) => [
      variant,
      Object.fromEntries(
        Object.keys(measured[0] ?? {}).map((figure) => [figure, measured.map((one) => rounded(one[figure]))]),
      ),
    ]);
    return new Results({ figures: Object.fromEntries(figures), failures });
  }

  toJSON(): ResultsData {
    return { figures: this.#figures, failures: this.failures };
  }

  /** The variants that ran; one that failed or whose Node is not installed is left out. */
  get variants(): readonly string[] {
    return Object.keys(this.#figures);
  }

  /** How often each variant was measured. */
  get rounds(): number {
    return Math.max(
      0,
      ...Object.values(this.#figures).flatMap((figures) => Object.values(figures).map((f) => f.length)),
    );
  }

  /** The names of the figures of a variant. */
  figures(variant: string): readonly string[] {
    return Object.keys(this.#figures[variant] ?? {});
  }

  /** One figure in each round, in the order of the rounds. */
  values(variant: string, figure: string): readonly number[] {
    return this.#figures[variant]?.[figure] ?? [];
  }

  median(variant: string, figure: string): number {
    return median(this.values(variant, figure));
  }

  range(variant: string, figure: string): readonly [number, number] {
    return rangeOf(this.values(variant, figure));
  }

  /**
   * How a figure of one variant compares with one of another: the median over the rounds of the ratio within one round,
   * and the lowest and highest of them.
   */
  ratio(
    variant: string,
    base: string,
    figure: string,
    baseFigure: string = figure,
  ): { measured: number; range: readonly [number, number] } {
    const bases = this.values(base, baseFigure);
    const ratios = this.values(variant, figure).map((value, i) => value / (bases[i] ?? Number.NaN));
    return { measured: median(ratios), range: rangeOf(ratios) };
  }

  /**
   * The exponent with which a figure grows with a size: the slope of the straight line that fits best on logarithmic
   * scales. 1 is linear, 0 is constant. In each round; the median, the lowest and the highest.
   */
  exponent(
    figure: string,
    sizes: readonly (readonly [size: number, variant: string])[],
  ): { measured: number; range: readonly [number, number] } {
    const rounds = Math.min(...sizes.map(([, variant]) => this.values(variant, figure).length));
    const slopes = Array.from({ length: rounds }, (_, round) =>
      slope(sizes.map(([size, variant]) => [Math.log(size), Math.log(this.values(variant, figure)[round] as number)])),
    );
    return { measured: median(slopes), range: rangeOf(slopes) };
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** By least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.length === 0 ? [Number.NaN, Number.NaN] : [Math.min(...values), Math.max(...values)];
}

/** Five significant digits: more are noise, and would only fill results.json. */
function rounded(value: number | undefined): number {
  return Number((value ?? Number.NaN).toPrecision(5));
}
