/** Settles once; whoever waits for it is called then. A promise for each wait would be a good part of what a stop costs. */
export class Latch {
  #isSettled = false;
  #waiting: (() => void) | undefined;

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Resolves when it has settled. */
  get settled(): Promise<void> {
    return new Promise((resolve) => this.whenSettled(resolve));
  }

  /** Calls `fn` when it has settled, at once where it has; those who wait are called in the order in which they came. */
  whenSettled(fn: () => void): void {
    const others = this.#waiting;
    if (this.#isSettled) fn();
    else if (!others) this.#waiting = fn;
    else {
      this.#waiting = () => {
        others();
        fn();
      };
    }
  }

  /** The first call counts. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
