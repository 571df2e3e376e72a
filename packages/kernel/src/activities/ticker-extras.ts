import type { Frame } from "../async-context.ts";
import type { Held } from "./held-handle.ts";
import type { LazySignal } from "./lazy-signal.ts";

/** A call that `trigger` has asked for. */
export interface Asked<Result> {
  readonly result: Held<Result>;
  /** Who has asked first. */
  readonly frame: Frame | undefined;
}

/** What most tickers never have: made when the first of it is needed. */
export class TickerExtras<Result> {
  skipped = 0;
  errors = 0;
  /** How often in a row it has asked for another try. */
  attempts = 0;
  /** Wrapped, since anything can be thrown. */
  lastError: { readonly error: unknown } | undefined;
  /** Waits for the next call that begins. */
  asked: Asked<Result> | undefined;
  /** When the call is due that a RetryLater has asked for, on the monotonic clock. */
  retryAt: number | undefined;
  /** Cancels the wait for the next call, other than that of the beats. */
  cancelWait: (() => void) | undefined;
  /** Of the calls, once somebody may have looked at it. */
  signal: LazySignal | undefined;
  unlink: (() => void) | undefined;
}

/** Those of a ticker that has none. */
export const noExtras: Readonly<TickerExtras<never>> = new TickerExtras();
