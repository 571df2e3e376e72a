import type { Handle } from "../activities/activity-options.ts";
import { isoTime, wallTimeOf } from "../clock.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import { cellOf, isService } from "../lifecycle/cell-of.ts";
import type { Activity, Scope } from "../scope.ts";
import type { Service } from "../service.ts";

/** Something that a service goes on with, and that somebody should look at. `cancel()` clears it, and so does a stop. */
export interface Warning extends Handle {
  readonly message: string;
}

/** A warning as a snapshot shows it. */
export interface WarningSnapshot {
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Says that something of `service` wants looking at, until it is cleared: the status of the app is `warning` meanwhile
 * (fb303). The same message again is the same warning.
 *
 * @throws NotRunningError; TypeError `PAWL_BAD_OPTION`
 * @example
 * const warning = warn(this, "disk nearly full");
 * warning.cancel();
 */
export function warn(service: Service, message: string): Warning {
  if (!isService(service)) {
    throw new PawlTypeError("PAWL_BAD_OPTION", "warn(): the first argument must be the service, as in warn(this, …)");
  }
  if (typeof message !== "string" || message === "") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "warn(service, message): the message must be a text that says something",
    );
  }
  const scope = cellOf(service).requireWork("warn");
  return warningsOf(scope).find((warning) => warning.message === message) ?? new RaisedWarning(scope, message);
}

/** The warnings of a run that stand. */
export function warningsOf(scope: Scope): readonly RaisedWarning[] {
  return [...scope.activities].filter((activity) => activity instanceof RaisedWarning);
}

/** One warning of a run; the run's activities hold it, since it ends when they end. */
export class RaisedWarning implements Warning, Activity {
  readonly kind = "warning";
  readonly message: string;
  readonly #scope: Scope;
  readonly #raisedAt: number;
  #stands = true;

  constructor(scope: Scope, message: string) {
    this.#scope = scope;
    this.message = message;
    this.#raisedAt = scope.core.clock.now();
    scope.add(this);
    scope.core.facts.record("warning.raised", { path: scope.path, message });
  }

  get label(): string {
    return this.message;
  }

  cancel(): void {
    if (!this.#stands) return;
    this.#stands = false;
    const { core, path } = this.#scope;
    this.#scope.remove(this);
    core.facts.record("warning.cleared", { path, message: this.message, ms: core.clock.now() - this.#raisedAt });
  }

  close(): void {
    this.cancel();
  }

  abort(): void {}

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): WarningSnapshot & Record<string, unknown> {
    return { message: this.message, since: isoTime(wallTimeOf(this.#scope.core.clock, this.#raisedAt)) };
  }
}
