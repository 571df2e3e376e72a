import { type BoundedWait, boundedWait, type Settling } from "./bounded.ts";
import type { Clock } from "./clock.ts";

/**
 * Every wait on user code during a stop: bounded by a time of its own, and all of them by the end of the shutdown, those
 * that began before it included.
 */
export class StopWaits {
  readonly #clock: Clock;
  /** The time from which on nothing is awaited any more. */
  #deadline = Number.POSITIVE_INFINITY;
  #overran = false;
  /** Waits that began before the shutdown. */
  readonly #earlier = new Set<BoundedWait>();
  #cancelTimer = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the last shutdown took longer than it was given. */
  get overran(): boolean {
    return this.#overran;
  }

  /** Begins a shutdown that has `ms` milliseconds. */
  beginShutdown(ms: number, label: string): void {
    this.#overran = false;
    this.#deadline = this.#clock.now() + ms;
    if (this.#earlier.size === 0) return;
    const expire = () => {
      this.#overran = true;
      for (const wait of this.#earlier) wait.expire();
    };
    this.#cancelTimer = this.#clock.setTimer(expire, ms, label);
  }

  endShutdown(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
  }

  /** How long a wait that begins now and has `ms` milliseconds may take. */
  limit(ms: number): number {
    const left = Math.max(0, this.#deadline - this.#clock.now());
    if (left === 0) this.#overran = true;
    return Math.min(ms, left);
  }

  /**
   * Waits for `settled`, which must not reject, at most `ms` milliseconds. Gives undefined if it settled, else how long it
   * was waited for: 0 where the shutdown had taken too long already, and what was called got one turn of the event loop.
   */
  settles(settled: Settling | PromiseLike<unknown>, ms: number, label: string): Promise<number | undefined> {
    const limit = this.limit(ms);
    const wait = boundedWait(this.#clock, settled, limit, label);
    if (this.#deadline !== Number.POSITIVE_INFINITY) return wait.inTime.then((inTime) => (inTime ? undefined : limit));
    const began = this.#clock.now();
    this.#earlier.add(wait);
    return wait.inTime.then((inTime) => {
      this.#earlier.delete(wait);
      return inTime ? undefined : Math.min(limit, this.#clock.now() - began);
    });
  }
}
