/** How often a value came, by bucket: what a histogram keeps of one series. */
export class Buckets {
  /** Upper bounds, ascending; above the last is the bucket without one. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.count++;
    this.sum += value;
  }

  /** Adds what another one has, each count at its upper bound. */
  merge(from: Buckets): void {
    from.#counts.forEach((count, i) => {
      const bound = from.bounds[i] ?? Number.POSITIVE_INFINITY;
      const found = this.bounds.findIndex((own) => bound <= own);
      const at = found === -1 ? this.bounds.length : found;
      this.#counts[at] = (this.#counts[at] as number) + count;
    });
    this.count += from.count;
    this.sum += from.sum;
  }

  /** How many values were up to each bound, those below it included; the last is for no bound. */
  get cumulative(): readonly number[] {
    let below = 0;
    return this.#counts.map((count) => {
      below += count;
      return below;
    });
  }
}

/** Bounds for durations in seconds: those that OpenTelemetry advises for requests. */
export const secondsBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
