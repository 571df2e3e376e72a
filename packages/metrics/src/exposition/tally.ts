import { Buckets, secondsBounds } from "../buckets.ts";
import { type Labels, SeriesSet } from "../series-set.ts";
import { type Family, histogramSamples } from "./family.ts";

/** How many series a tally keeps apart, and what happens once there are more. */
export interface TallyBound {
  readonly maxSeries: number;
  readonly onOverflow: (name: string) => void;
}

/** Numbers under sets of labels, as a family of counters or gauges. */
export class Tally {
  readonly #name: string;
  readonly #help: string;
  readonly #type: "counter" | "gauge";
  readonly #series: SeriesSet<{ value: number }>;

  constructor(name: string, help: string, type: "counter" | "gauge", { maxSeries, onOverflow }: TallyBound) {
    this.#name = name;
    this.#help = help;
    this.#type = type;
    this.#series = new SeriesSet({ make: () => ({ value: 0 }), max: maxSeries, onOverflow: () => onOverflow(name) });
  }

  add(labels: Labels, n = 1): void {
    this.#series.of(labels).value += n;
  }

  get family(): Family {
    const values = [...this.#series].map(({ labels, series }) => ({ labels, value: series.value }));
    return { name: this.#name, help: this.#help, type: this.#type, values };
  }
}

/** Durations under sets of labels, as a family of histograms in seconds. */
export class DurationTally {
  readonly #name: string;
  readonly #help: string;
  readonly #series: SeriesSet<Buckets>;

  constructor(
    name: string,
    help: string,
    { maxSeries, onOverflow }: TallyBound,
    bounds: readonly number[] = secondsBounds,
  ) {
    this.#name = name;
    this.#help = help;
    this.#series = new SeriesSet({
      make: () => new Buckets(bounds),
      max: maxSeries,
      onOverflow: () => onOverflow(name),
    });
  }

  record(labels: Labels, ms: number): void {
    this.#series.of(labels).record(ms / 1000);
  }

  get family(): Family {
    const values = [...this.#series].flatMap(({ labels, series }) => [...histogramSamples(this.#name, labels, series)]);
    return { name: this.#name, help: this.#help, type: "histogram", values };
  }
}
