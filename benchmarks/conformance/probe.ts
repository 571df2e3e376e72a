import { writeSync } from "node:fs";
import { inspect } from "node:util";

/** One line of what a process tells the program that watches it. */
export type Told = { readonly event: string } | { readonly caught: string };

/**
 * What a scenario saw in the process of a system. It is written at once and past stdout, so that nothing is lost when
 * the process dies.
 */
export class Probe {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  record(event: string): void {
    this.#tell({ event });
  }

  /** An error that reached whoever called the system. */
  caught(error: unknown): void {
    this.#tell({ caught: inspect(error, { depth: 8 }) });
  }

  /** Records how a promise ended, and what it rejected with. */
  async outcome(what: string, promise: Promise<unknown>): Promise<boolean> {
    try {
      await promise;
      this.record(`${what} resolved`);
      return true;
    } catch (error) {
      this.caught(error);
      this.record(`${what} rejected`);
      return false;
    }
  }

  #tell(told: Told): void {
    writeSync(this.#descriptor, `${JSON.stringify(told)}\n`);
  }
}
