import { checkSignal } from "../activities/activity-options.ts";
import type { Overflow } from "../bounded-buffer.ts";
import { PawlRangeError, PawlTypeError } from "../errors/pawl-error.ts";

/**
 * How a subscription ends by itself, and whether its events wait in line. `concurrency`, `buffer` or `overflow`, any of
 * them, gives the listener a line of its own: an emit puts the event there, and the calls begin in a microtask.
 */
export interface ListenOptions {
  /** Ends the subscription before its first call. @default false */
  readonly once?: boolean;
  /** Ends the subscription when it is aborted, as its `cancel()` does. */
  readonly signal?: AbortSignal;
  /** How many calls of a listener with a line run at a time. @default 1 */
  readonly concurrency?: number;
  /** How many events may wait in line, those that are being handled not counted. @default 1_000 */
  readonly buffer?: number;
  /**
   * What becomes of an event that comes when the line is full: `"error"` refuses it and tells `onError`,
   * `"drop-oldest"` and `"drop-newest"` drop one and count it.
   *
   * @default "error"
   */
  readonly overflow?: Overflow;
}

/** What parts of the kernel may say of a listener besides. */
export interface ListenerOptions extends ListenOptions {
  /** Whether its owner holds it as one of its activities; else who made it ends it. @default true */
  readonly held?: boolean;
}

/** Whether a listener with these options has a line of its own. */
export function hasLine({ concurrency, buffer, overflow }: ListenOptions): boolean {
  return concurrency !== undefined || buffer !== undefined || overflow !== undefined;
}

/**
 * Checks what a listener is made of; its line checks its size itself.
 *
 * @throws TypeError or RangeError `PAWL_BAD_OPTION`
 */
export function checkListener(event: string, fn: unknown, options: ListenOptions): void {
  if (typeof fn !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `the listener of "${event}" must be a function, not ${fn === null ? "null" : typeof fn}; pass the method itself, not what it returns`,
    );
  }
  checkSignal(options.signal);
  const { concurrency = 1 } = options;
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return;
  throw new PawlRangeError(
    "PAWL_BAD_OPTION",
    `the listener of "${event}": concurrency must be a whole number, 1 or more, not ${String(concurrency)}`,
  );
}
