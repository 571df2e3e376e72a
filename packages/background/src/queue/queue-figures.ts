import type { Clock } from "@pawl/kernel";
import { isoTime, messageOf, wallTimeOf } from "@pawl/kernel/extend";

/** What a queue counts and remembers, for `inspect()`. */
export class QueueFigures {
  readonly counts = { done: 0, failed: 0, dropped: 0, cancelled: 0, left: 0, retried: 0 };
  /** Wrapped, since anything can be thrown. */
  lastError: { readonly error: unknown } | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As plain JSON; times are those of the clock. */
  inspect(lastAt: number | undefined, nextAt: number | undefined): Record<string, unknown> {
    const iso = (at: number) => isoTime(wallTimeOf(this.#clock, at));
    return {
      ...this.counts,
      ...(lastAt === undefined ? {} : { lastAt: iso(lastAt) }),
      ...(nextAt === undefined ? {} : { nextAt: iso(nextAt) }),
      ...(this.lastError ? { lastError: messageOf(this.lastError.error) } : {}),
    };
  }
}
