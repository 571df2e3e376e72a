import { PawlRangeError } from "@pawl/kernel";

/** The windows that there are. */
export type WindowName = "60s" | "1h";

/** What was recorded in a window. `avg`, `min` and `max` are null where that is nothing. */
export interface WindowFigures {
  readonly count: number;
  readonly sum: number;
  readonly avg: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export const windowNames: readonly WindowName[] = ["60s", "1h"];

/** @throws RangeError `PAWL_BAD_OPTION` */
export function checkWindow(name: string): asserts name is WindowName {
  if ((windowNames as readonly string[]).includes(name)) return;
  throw new PawlRangeError(
    "PAWL_BAD_OPTION",
    `window(${JSON.stringify(name)}): there are ${windowNames.join(" and ")}`,
  );
}

/** Gathers what several buckets or series have of one window. */
export class WindowSum {
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;

  add(count: number, sum: number, min: number, max: number): void {
    this.count += count;
    this.sum += sum;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }

  get figures(): WindowFigures {
    const { count, sum, min, max } = this;
    return count === 0
      ? { count: 0, sum: 0, avg: null, min: null, max: null }
      : { count, sum, avg: sum / count, min, max };
  }
}
