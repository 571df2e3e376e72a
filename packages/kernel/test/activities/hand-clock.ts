import type { Clock } from "@pawl/kernel";

interface HandTimer {
  readonly fn: () => void;
  readonly due: number;
}

/** A clock whose timers fire when the test says so: early, late, or after the machine has slept. */
export class HandClock implements Clock {
  time = 0;
  readonly #timers = new Set<HandTimer>();

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return Date.UTC(2025, 0, 1) + this.time;
  }

  setTimer(fn: () => void, ms: number): () => void {
    const timer = { fn, due: this.time + ms };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  defer(fn: () => void): () => void {
    const immediate = setImmediate(fn);
    return () => clearImmediate(immediate);
  }

  /** When the timers that wait are due, the earliest first. */
  get due(): readonly number[] {
    return [...this.#timers].map(({ due }) => due).sort((a, b) => a - b);
  }

  /** Fires the earliest timer so many milliseconds after it is due; before, where they are negative. */
  async fire(offBy = 0): Promise<void> {
    const [next] = [...this.#timers].sort((a, b) => a.due - b.due);
    if (!next) throw new Error("no timer waits");
    this.#timers.delete(next);
    this.time = Math.max(this.time, next.due + offBy);
    next.fn();
    await new Promise(setImmediate);
  }
}
