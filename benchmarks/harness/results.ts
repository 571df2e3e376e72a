import type { Figures } from "./benchmark.ts";

/** What all rounds of one benchmark gave, by variant. */
export class Results {
  readonly #rounds: ReadonlyMap<string, readonly Figures[]>;

  constructor(rounds: ReadonlyMap<string, readonly Figures[]>) {
    this.#rounds = rounds;
  }

  /** The variants that ran; one whose Node is not installed is left out. */
  get variants(): readonly string[] {
    return [...this.#rounds.keys()];
  }

  /** The names of the figures of a variant. */
  figures(variant: string): readonly string[] {
    return Object.keys(this.#rounds.get(variant)?.[0] ?? {});
  }

  /** One figure in each round, in the order of the rounds. */
  values(variant: string, figure: string): readonly number[] {
    return (this.#rounds.get(variant) ?? []).map((figures) => figures[figure] ?? Number.NaN);
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
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
