import type { BoundedWait, Deadlines, Settling } from "./bounded.ts";
import type { Clock } from "./clock.ts";

/** What of an owner a stop waits for. */
export interface StopWait {
  readonly path: string;
  /** `task "poll"`, `onStop` … */
  readonly what: readonly string[];
  /** When it began, where it goes on waiting for less than at first. @default now */
  readonly since?: number;
}

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

interface UnderWay {
  readonly of: StopWait;
  readonly since: number;
  /** The time at which it is left behind. */
  readonly until: number;
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
  /** Waits that began before the shutdown. */
  readonly #earlier = new Set<BoundedWait>();
  readonly #underWay = new Set<UnderWay>();
  #cancelTimer = () => {};

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
    this.#clock = deadlines.clock;
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
    this.#deadlines.end();
  }

  /** How long a wait that begins now and has `ms` milliseconds may take. */
  limit(ms: number, now: number = this.#clock.now()): number {
    const left = Math.max(0, this.#deadline - now);
    if (left === 0) this.#overran = true;
    return Math.min(ms, left);
  }

  /**
   * Waits for `settled`, which must not reject, at most `ms` milliseconds. Gives undefined if it settled, else how long it
   * was waited for: 0 where the shutdown had taken too long already, and what was called got one turn of the event loop.
   */
  settles(settled: Settling | PromiseLike<unknown>, ms: number, of: StopWait): Promise<number | undefined> {
    return new Promise((resolve) => this.whenSettled(settled, ms, of, resolve));
  }

  /** As {@link settles}, for who needs no promise: one more for each service is a good part of what a stop costs. */
  whenSettled(
    settled: Settling | PromiseLike<unknown>,
    ms: number,
    of: StopWait,
    done: (late: number | undefined) => void,
  ): void {
    const began = this.#clock.now();
    const limit = this.limit(ms, began);
    const underWay = { of, since: of.since ?? began, until: began + limit };
    const isEarlier = this.#deadline === Number.POSITIVE_INFINITY;
    let wait: BoundedWait | undefined;
    let isOver = false;
    const onOver = (inTime: boolean) => {
      isOver = true;
      this.#underWay.delete(underWay);
      if (wait) this.#earlier.delete(wait);
      if (inTime) done(undefined);
      else done(isEarlier ? Math.min(limit, this.#clock.now() - began) : limit);
    };
    this.#underWay.add(underWay);
    wait = this.#deadlines.wait(settled, limit, () => `${of.path}: ${of.what.join(", ")}`, began, onOver);
    if (isEarlier && !isOver) this.#earlier.add(wait);
  }

  /** The waits under way, in the order in which they began. */
  inspect(): WaitSnapshot[] {
    const now = this.#clock.now();
    return [...this.#underWay].map(({ of, since, until }) => ({
      path: of.path,
      what: [...of.what],
      ms: Math.round(now - since),
      limitMs: Math.round(Math.min(until, this.#deadline) - since),
    }));
  }
}
