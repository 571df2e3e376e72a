import type { CallEnd } from "../call.ts";
import type { Clock } from "../clock.ts";

/** How something ended. */
export type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

/**
 * How something ended, for whoever holds its handle. Its promise is made when first asked for, since most are never
 * awaited; a failure that nobody has asked for one turn of the event loop later is told to its owner instead.
 */
export class HeldOutcome<Result> {
  #promise: Promise<Result> | undefined;
  #settle: ((outcome: Outcome<Result>) => void) | undefined;
  #outcome: Outcome<Result> | undefined;

  /** Whether somebody has asked for it: a failure is theirs then. */
  get isHeld(): boolean {
    return this.#promise !== undefined;
  }

  /** Settles as it ended; asking for it is holding it. */
  get promise(): Promise<Result> {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => {
        this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value));
      });
      if (this.#outcome) this.#settle?.(this.#outcome);
    }
    return this.#promise;
  }

  /** Says how it ended; called once. */
  settle(outcome: Outcome<Result>): void {
    this.#outcome = outcome;
    this.#settle?.(outcome);
  }

  /**
   * Calls `nobodyHolds` where nobody has asked for it one turn of the event loop later. `track` makes a stop under way
   * wait for the verdict.
   */
  judge(clock: Clock, track: (verdict: Promise<void>, end: CallEnd<void>) => unknown, nobodyHolds: () => void): void {
    const turn = new Promise<void>((resolve) => {
      clock.defer(resolve);
    });
    track(turn, {
      ok: () => {
        if (!this.isHeld) nobodyHolds();
      },
      fail() {},
    });
  }
}
