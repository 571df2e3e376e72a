import type { Handle, TickContext } from "./activity-options.ts";
import type { Awaitable } from "./held-handle.ts";

/** What a ticker calls. */
export type TickFunction<Result = unknown> = (context: TickContext) => Result | PromiseLike<Result>;

/** The handle of what beats by itself: `interval()` and `cron()`. */
export interface Interval<Result = unknown> extends Handle {
  /** Calls begun so far, those of `trigger` and further tries included. */
  readonly runs: number;
  /** Beats left out: a call was running or about to be tried again, the loop was blocked, the machine slept. */
  readonly skipped: number;
  /**
   * Makes a call now, beside the beats, and gives its result. While a call is running it waits for its end and has one
   * more made, which everybody shares who asks meanwhile: do not await it inside of that call. What the call throws is
   * the caller's where it is awaited, else it goes where failures of the beats go; a `RetryLater` is tried again all the
   * same.
   *
   * @throws NotRunningError, as a rejection, where the handle is cancelled or the service takes no work; AbortError,
   * where that happens before the call has begun
   */
  trigger(): Awaitable<Result>;
}

/**
 * The {@link Interval} that calls `Fn`. Of the function and not of its result, so that a function may name the handle it
 * belongs to: TypeScript looks for the result only where `trigger` is called.
 */
export interface IntervalOf<Fn extends (...args: never[]) => void> extends Interval {
  trigger(): Awaitable<Awaited<ReturnType<Fn>>>;
}
