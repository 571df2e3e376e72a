import { StopError } from "../errors/errors.ts";
import type { StopContext } from "../scope.ts";
import { untold } from "./start-failure.ts";

/**
 * One stop and those who asked for it. All outside callers share one promise; inside callers, who would wait for
 * themselves, get one that is resolved already. Failures go to the outside callers, or to `report` if there is none.
 */
export class ToldStop {
  readonly stop: StopContext;
  #outside = false;
  readonly #done: Promise<void>;

  /** @param known what somebody has been told already */
  constructor(
    path: string,
    stop: StopContext,
    work: Promise<void>,
    report: (error: StopError) => void,
    known: readonly unknown[] = [],
  ) {
    this.stop = stop;
    // Rejects only where somebody asked from outside: an outside caller that looks away is an unhandled rejection.
    this.#done = work.then(() => {
      const failures = untold(stop.failures, known);
      if (failures.length === 0) return;
      const error = new StopError(path, failures);
      if (this.#outside) throw error;
      report(error);
    });
  }

  ask(inside: boolean): Promise<void> {
    if (inside) return Promise.resolve();
    this.#outside = true;
    return this.#done;
  }
}
