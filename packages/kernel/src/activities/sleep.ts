import { type Clock, isoTime, wallTimeOf } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import type { AbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";

class Sleep implements Activity {
  readonly kind = "sleep";
  readonly label: string;
  readonly promise: Promise<void>;
  readonly #clock: Clock;
  readonly #dueAt: number;
  #wake!: (reason?: AbortError) => void;

  constructor(scope: Scope, ms: number, label: string) {
    this.label = label;
    this.#clock = scope.core.clock;
    this.#dueAt = this.#clock.now() + ms;
    this.promise = new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.setTimer(() => this.#wake(), ms, `${scope.path}: sleep("${label}")`);
      this.#wake = (reason) => {
        cancelTimer();
        scope.remove(this);
        if (reason) reject(reason);
        else resolve();
      };
    });
    // A sleep that nobody awaits any more is no failure of the process.
    this.promise.catch(() => {});
    scope.add(this);
  }

  // A wait is no work: what a stop drains may still sleep.
  close(): void {}

  abort(reason: AbortError): void {
    this.#wake(reason);
  }

  inspect(): Record<string, unknown> {
    return { nextAt: isoTime(wallTimeOf(this.#clock, this.#dueAt)) };
  }
}

/** Resolves after `duration`; rejects with the run's `AbortError` when the run is aborted. */
export function sleep(scope: Scope, duration: Duration): Promise<void> {
  const ms = milliseconds(duration, "sleep(duration)", true);
  if (scope.aborted) {
    const refused = Promise.reject(scope.aborted);
    refused.catch(() => {});
    return refused;
  }
  return new Sleep(scope, ms, String(duration)).promise;
}
