import { systemClock } from "@pawl/kernel";

/** Timers of the machine's clock, whichever the kernel has: files change on no other. */
export class MachineTimers {
  readonly #cancels = new Set<() => void>();
  #closed = false;

  /** Calls `fn` in `ms` milliseconds; gives back its cancel. */
  later(fn: () => void, ms: number): () => void {
    if (this.#closed) return () => {};
    const cancel = () => {
      this.#cancels.delete(cancel);
      cancelTimer();
    };
    const cancelTimer = systemClock.setTimer(() => {
      this.#cancels.delete(cancel);
      fn();
    }, ms);
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Cancels all, and sets none any more. */
  close(): void {
    this.#closed = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
