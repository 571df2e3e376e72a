import type { Clock } from "./clock.ts";

/** A wait with a deadline. */
export interface BoundedWait {
  /** Whether it settled in time. */
  readonly inTime: Promise<boolean>;
  /** Brings the deadline forward to now. */
  readonly expire: () => void;
  /** Ends the wait at once, as if it had settled. */
  readonly end: () => void;
}

/** Something that settles: a promise would be one more step for each wait. */
export interface Settling {
  /** Calls `fn` when it has settled, at once where it has. */
  whenSettled(fn: () => void): void;
}

/**
 * Waits for `settled`, at most `ms` milliseconds. `settled` must not reject.
 *
 * The deadline is judged one turn of the event loop after it has fired: timers run before I/O callbacks, so after a
 * blocked loop what was done meanwhile still counts as done.
 */
export function boundedWait(
  clock: Clock,
  settled: Settling | PromiseLike<unknown>,
  ms: number,
  label: string,
): BoundedWait {
  let expire!: () => void;
  let end!: () => void;
  const inTime = new Promise<boolean>((resolve) => {
    let cancel = () => {};
    expire = () => {
      cancel();
      cancel = clock.defer(() => resolve(false));
    };
    if (ms > 0) cancel = clock.setTimer(expire, ms, label);
    else expire();
    end = () => {
      cancel();
      resolve(true);
    };
    if ("whenSettled" in settled) settled.whenSettled(end);
    else void settled.then(end);
  });
  return { inTime, expire, end };
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
