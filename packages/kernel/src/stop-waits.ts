import { type BoundedWait, Deadlines, type Waited } from "./bounded.ts";
import type { Clock } from "./clock.ts";
import type { Latch } from "./latch.ts";

/** A wait of a stop on user code. */
export interface WaitSnapshot {
  /** The owner path of what is waited for. */
  readonly path: string;
  /** `task "poll"`, `onStop` … */
  readonly what: readonly string[];
  /** How long it has been waited for, in milliseconds. */
  readonly ms: number;
  /** After how many it is left behind. */
  readonly limitMs: number;
}

/**
 * Every wait on user code during a stop: bounded by a time of its own, and all of them by the end of the shutdown, those
 * that began before it included.
 */
export class StopWaits {
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  /** The time from which on nothing is awaited any more. */
  #deadline = Number.POSITIVE_INFINITY;
  #overran = false;
  #cancelTimer = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock);
  }

  /** Whether the last shutdown took longer than it was given. */
  get overran(): boolean {
    return this.#overran;
  }

  /** Begins a shutdown that has `ms` milliseconds. */
  beginShutdown(ms: number, label: string): void {
    const clock = this.#clock;
    this.#overran = false;
    this.#deadline = clock.now() + ms;
    const earlier = this.#deadlines.underWay;
    if (earlier.length === 0) return;
    const expire = () => {
      this.#overran = true;
      for (const wait of earlier) wait.expire(clock.now() - wait.since);
    };
    this.#cancelTimer = clock.setTimer(expire, ms, label);
  }

  endShutdown(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
    this.#deadlines.end();
  }

  /** How long a wait that begins now and has `ms` milliseconds may take. */
  limit(ms: number, now: number = this.#clock.now()): number {
    if (this.#deadline === Number.POSITIVE_INFINITY) return ms;
    const left = Math.max(0, this.#deadline - now);
    if (left === 0) this.#overran = true;
    return Math.min(ms, left);
  }

  /**
   * Waits for `settled`, which must not reject, at most `ms` milliseconds; 0 where the shutdown had taken too long already,
   * and what was called gets one turn of the event loop.
   */
  wait(settled: Latch | PromiseLike<unknown>, ms: number, of: Waited, now: number = this.#clock.now()): BoundedWait {
    return this.#deadlines.wait(settled, this.limit(ms, now), of, now);
  }

  /** The waits under way, in the order in which they began. */
  inspect(): WaitSnapshot[] {
    const now = this.#clock.now();
    return this.#deadlines.underWay.map(({ of: { path, what, since: began }, since, limit }) => ({
      path,
      what: [...what],
      ms: Math.round(now - (began ?? since)),
      limitMs: Math.round(Math.min(since + limit, this.#deadline) - (began ?? since)),
    }));
  }
}
