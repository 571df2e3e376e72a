import type { Clock } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** How long an answer is good for, in milliseconds. */
const freshFor = 1_000;

/**
 * Figures that somebody else has to be asked for: a snapshot gets those of the last answer, and has the next one asked for
 * where that is older than a second. So whoever looks again and again is a look behind.
 */
export class AskedFigures<T> {
  #last: readonly T[] | { readonly lastError: string } = [];
  #isAsking = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  read(clock: Clock, ask: () => Promise<readonly T[]>): readonly T[] | { readonly lastError: string } {
    if (!this.#isAsking && clock.now() - this.#askedAt >= freshFor) {
      this.#isAsking = true;
      this.#askedAt = clock.now();
      void this.#ask(ask);
    }
    return this.#last;
  }

  /** Never rejects. */
  async #ask(ask: () => Promise<readonly T[]>): Promise<void> {
    try {
      this.#last = await ask();
    } catch (error) {
      this.#last = { lastError: messageOf(error) };
    } finally {
      this.#isAsking = false;
    }
  }
}
