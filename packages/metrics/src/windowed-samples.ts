import type { WindowName, WindowSum } from "./window.ts";

/** Buckets of each ring. */
const size = 60;
/** Numbers of a bucket: when it began, count, sum, min, max. */
const width = 5;

/** The last 60 buckets, each so many seconds long; one that is older is overwritten. */
class Ring {
  readonly #seconds: number;
  readonly #cells = new Float64Array(size * width).fill(Number.NEGATIVE_INFINITY);

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  add(second: number, count: number, sum: number, min: number, max: number): void {
    const cells = this.#cells;
    const bucket = Math.floor(second / this.#seconds);
    const at = (bucket % size) * width;
    if (cells[at] !== bucket) {
      cells[at] = bucket;
      cells[at + 1] = 0;
      cells[at + 2] = 0;
      cells[at + 3] = Number.POSITIVE_INFINITY;
      cells[at + 4] = Number.NEGATIVE_INFINITY;
    }
    cells[at + 1] = (cells[at + 1] as number) + count;
    cells[at + 2] = (cells[at + 2] as number) + sum;
    if (min < (cells[at + 3] as number)) cells[at + 3] = min;
    if (max > (cells[at + 4] as number)) cells[at + 4] = max;
  }

  addTo(total: WindowSum, second: number): void {
    const cells = this.#cells;
    const oldest = Math.floor(second / this.#seconds) - size + 1;
    for (let at = 0; at < cells.length; at += width) {
      if ((cells[at] as number) < oldest) continue;
      total.add(cells[at + 1] as number, cells[at + 2] as number, cells[at + 3] as number, cells[at + 4] as number);
    }
  }
}

/**
 * What was recorded in the last 60 seconds and the last hour, as fb303 keeps it: 60 buckets of a second and 60 of a minute,
 * the one that is under way included. So a window is up to one bucket shorter than its name.
 */
export class WindowedSamples {
  // What was recorded in the second under way; it goes into the rings when the second is over, or when somebody looks.
  #second = Number.NaN;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** Made with the first second that is over: many metrics are declared and never used. */
  #rings: Readonly<Record<WindowName, Ring>> | undefined;

  /** `second` counts whole seconds on the clock of the service; what comes before there is one counts as of the first. */
  record(value: number, second: number | undefined): void {
    if (second !== undefined && second !== this.#second) this.#begin(second);
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds what the window has at `second`. */
  addTo(total: WindowSum, window: WindowName, second: number | undefined): void {
    if (second !== undefined && second !== this.#second) this.#begin(second);
    this.#rings?.[window].addTo(total, this.#second);
    total.add(this.#count, this.#sum, this.#min, this.#max);
  }

  #begin(second: number): void {
    // Under another kernel the clock is another one: what was before it has no place on it.
    if (second < this.#second) this.#rings = undefined;
    else if (this.#count > 0) this.#flush(Number.isNaN(this.#second) ? second : this.#second);
    this.#second = second;
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #flush(second: number): void {
    this.#rings ??= { "60s": new Ring(1), "1h": new Ring(60) };
    for (const ring of [this.#rings["60s"], this.#rings["1h"]])
      ring.add(second, this.#count, this.#sum, this.#min, this.#max);
  }
}
