import type { Clock } from "./clock.ts";
import { Latch } from "./latch.ts";
import { LazySet } from "./lazy-set.ts";

/** What is waited for, as clocks and snapshots say it. */
export interface Waited {
  /** The owner path. */
  readonly path: string;
  /** `task "poll"`, `onStop` … */
  readonly what: readonly string[];
  /** When it began, where it is waited for anew for what is left of its time. @default now */
  readonly since?: number;
}

/**
 * The deadlines of the waits of one kernel. A timer is only set for what still waits when the turn of the event loop has
 * ended: most hooks are over by then, and a timer for each would be a good part of what a start costs.
 */
export class Deadlines {
  readonly clock: Clock;
  readonly #timed = new LazySet<BoundedWait>();
  readonly #untimed = new LazySet<BoundedWait>();
  #cancelTiming: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** In the order in which they began. */
  get underWay(): readonly BoundedWait[] {
    return [...this.#timed, ...this.#untimed];
  }

  /**
   * Waits for `settled`, at most `ms` milliseconds. `settled` must not reject.
   *
   * The deadline is judged one turn of the event loop after it has fired: timers run before I/O callbacks, so after a
   * blocked loop what was done meanwhile still counts as done.
   *
   * @param since when it began, where that is known already
   */
  wait(settled: Latch | PromiseLike<unknown>, ms: number, of: Waited, since: number = this.clock.now()): BoundedWait {
    const wait = new BoundedWait(this, of, since, ms);
    this.#untimed.add(wait);
    if (ms > 0) this.#cancelTiming ??= this.clock.defer(() => this.#setTimers());
    else wait.expire();
    const end = () => wait.end();
    if (settled instanceof Latch) settled.whenSettled(end);
    else void settled.then(end);
    return wait;
  }

  /** Takes out a wait that has ended. */
  drop(wait: BoundedWait): void {
    if (!this.#untimed.delete(wait)) this.#timed.delete(wait);
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
    for (const wait of this.#untimed) {
      this.#timed.add(wait);
      wait.setTimer(now);
    }
    this.#untimed.clear();
  }
}

/** A wait with a deadline: settles when what is waited for does, or in vain. */
export class BoundedWait extends Latch {
  readonly of: Waited;
  readonly since: number;
  readonly #deadlines: Deadlines;
  /** Milliseconds. */
  #limit: number;
  #isInVain = false;
  #cancel: (() => void) | undefined;

  constructor(deadlines: Deadlines, of: Waited, since: number, limit: number) {
    super();
    this.of = of;
    this.since = since;
    this.#deadlines = deadlines;
    this.#limit = limit;
  }

  /** How long it may take, in milliseconds. */
  get limit(): number {
    return this.#limit;
  }

  /** How long it was waited for, where that was in vain; undefined where it has settled in time. */
  get late(): number | undefined {
    return this.#isInVain ? this.#limit : undefined;
  }

  /** Tells whether it settled in time. */
  tellInTime(): Promise<boolean> {
    return new Promise((resolve) => this.whenSettled(() => resolve(!this.#isInVain)));
  }

  setTimer(now: number): void {
    // Set already, where it has expired at once.
    if (this.#cancel) return;
    const { path, what } = this.of;
    const ms = Math.max(0, this.since + this.#limit - now);
    this.#cancel = this.#deadlines.clock.setTimer(() => this.expire(), ms, `${path}: ${what.join(", ")}`);
  }

  /** Its time is up, after `limit` milliseconds. */
  expire(limit: number = this.#limit): void {
    if (this.isSettled) return;
    this.#limit = Math.min(this.#limit, limit);
    this.#cancel?.();
    this.#cancel = this.#deadlines.clock.defer(() => {
      this.#isInVain = true;
      this.end();
    });
  }

  /** Ends the wait at once, as if it had settled. */
  end(): void {
    if (this.isSettled) return;
    this.#deadlines.drop(this);
    this.#cancel?.();
    this.#cancel = undefined;
    this.settle();
  }
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
