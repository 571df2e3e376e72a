import { otherLabels } from "../series-set.ts";
import type { Family, Sample } from "./family.ts";
import type { TallyBound } from "./tally.ts";

interface Last {
  readonly value: number;
  /** When the run began that it was counted in. */
  readonly since: string;
  readonly total: number;
}

/** A sample, and when the run began that it was counted in. */
export interface CountedInRun extends Sample {
  readonly since: string;
}

/**
 * Counters out of figures that belong to what comes and goes: the sum of the calls of a service's listeners gets smaller when
 * one of them unsubscribes, and a smaller counter means to Prometheus that it began anew. Here it stands still instead.
 */
export class GrowingCount {
  readonly #name: string;
  readonly #help: string;
  readonly #bound: TallyBound;
  #last: ReadonlyMap<string, Last> = new Map();

  constructor(name: string, help: string, bound: TallyBound) {
    this.#name = name;
    this.#help = help;
    this.#bound = bound;
  }

  /** Takes the figures of now; several with the same labels are one. What is not among them any more is forgotten. */
  take(samples: Iterable<CountedInRun>): Family {
    const sums = new Map<string, CountedInRun>();
    for (const sample of samples) {
      const own = JSON.stringify(sample.labels);
      const isOver = !sums.has(own) && sums.size >= this.#bound.maxSeries;
      if (isOver) this.#bound.onOverflow(this.#name);
      const labels = isOver ? otherLabels(sample.labels) : sample.labels;
      const key = isOver ? JSON.stringify(labels) : own;
      const { value } = sums.get(key) ?? { value: 0 };
      sums.set(key, { labels, since: isOver ? "" : sample.since, value: value + sample.value });
    }
    const now = new Map<string, Last>();
    const values: Sample[] = [];
    for (const [key, { labels, value, since }] of sums) {
      const last = this.#last.get(key);
      // A new run begins to count from zero.
      const before = last?.since === since ? last.value : 0;
      const total = (last?.total ?? 0) + Math.max(0, value - before);
      now.set(key, { value, since, total });
      values.push({ labels, value: total });
    }
    this.#last = now;
    return { name: this.#name, help: this.#help, type: "counter", values };
  }
}
