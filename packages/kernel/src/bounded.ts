import type { Clock } from "./clock.ts";
import { LazySet } from "./lazy-set.ts";

/** Something that settles: a promise would be one more step for each wait. */
export interface Settling {
  /** Calls `fn` when it has settled, at once where it has. */
  whenSettled(fn: () => void): void;
}

/** Who waits, and for what: read where somebody looks at timers. */
type Label = string | (() => string);

/**
 * The deadlines of the waits of one kernel. A timer is only set for what still waits when the turn of the event loop has
 * ended: most hooks are over by then, and a timer for each would be a good part of what a start costs.
 */
export class Deadlines {
  readonly clock: Clock;
  readonly #untimed = new LazySet<BoundedWait>();
  #cancelTiming: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Waits for `settled`, at most `ms` milliseconds. `settled` must not reject.
   *
   * The deadline is judged one turn of the event loop after it has fired: timers run before I/O callbacks, so after a
   * blocked loop what was done meanwhile still counts as done.
   *
   * @param since when it began, where that is known already
   * @param onOver called with whether it settled in time, where nobody asks by `tellInTime`
   */
  wait(
    settled: Settling | PromiseLike<unknown>,
    ms: number,
    label: Label,
    since: number = this.clock.now(),
    onOver?: (inTime: boolean) => void,
  ): BoundedWait {
    const wait = new BoundedWait(this, since + ms, label, onOver);
    if (ms > 0) {
      this.#untimed.add(wait);
      this.#cancelTiming ??= this.clock.defer(() => this.#setTimers());
    } else wait.expire();
    const end = () => wait.end();
    if ("whenSettled" in settled) settled.whenSettled(end);
    else void settled.then(end);
    return wait;
  }

  /** Takes out a wait that has ended. */
  drop(wait: BoundedWait): void {
    this.#untimed.delete(wait);
  }

  /** No wait is left: nothing of the kernel stays with the event loop. */
  end(): void {
    this.#cancelTiming?.();
    this.#cancelTiming = undefined;
    this.#untimed.clear();
  }

  #setTimers(): void {
    this.#cancelTiming = undefined;
    const now = this.clock.now();
    for (const wait of this.#untimed) wait.setTimer(this.clock, now);
    this.#untimed.clear();
  }
}

/** A wait with a deadline. */
export class BoundedWait {
  readonly #deadlines: Deadlines;
  readonly #due: number;
  readonly #label: Label;
  #onOver: ((inTime: boolean) => void) | undefined;
  /** How it ended. */
  #inTime: boolean | undefined;
  #cancel: (() => void) | undefined;

  constructor(deadlines: Deadlines, due: number, label: Label, onOver: ((inTime: boolean) => void) | undefined) {
    this.#deadlines = deadlines;
    this.#due = due;
    this.#label = label;
    this.#onOver = onOver;
  }

  /** Tells whether it settled in time; to be called once, by who has no callback. */
  tellInTime(): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#inTime === undefined) this.#onOver = resolve;
      else resolve(this.#inTime);
    });
  }

  setTimer(clock: Clock, now: number): void {
    const label = typeof this.#label === "string" ? this.#label : this.#label();
    this.#cancel = clock.setTimer(() => this.expire(), Math.max(0, this.#due - now), label);
  }

  /** Brings the deadline forward to now. */
  expire(): void {
    this.#clear();
    this.#cancel = this.#deadlines.clock.defer(() => this.#over(false));
  }

  /** Ends the wait at once, as if it had settled. */
  end(): void {
    this.#clear();
    this.#over(true);
  }

  #over(inTime: boolean): void {
    if (this.#inTime !== undefined) return;
    this.#inTime = inTime;
    this.#onOver?.(inTime);
  }

  #clear(): void {
    this.#deadlines.drop(this);
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
