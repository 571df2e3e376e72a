import type { CallSpec } from "../call.ts";
import { isoTime } from "../clock.ts";
import { type AbortError, messageOf } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import { ActionCall, type CallActionOptions } from "./action-call.ts";
import type { ActionRecord } from "./action-record.ts";

/** One action in one run of its service: what transports call. */
export class ActionActivity implements Activity {
  readonly kind = "action";
  readonly label: string;
  /** `metrics.stats` */
  readonly name: string;
  readonly record: ActionRecord;
  readonly scope: Scope;
  /** What its calls are, where nobody in this process waits for them and where somebody may. */
  readonly detached: CallSpec;
  readonly attached: CallSpec;
  readonly #calls = new Set<ActionCall>();
  #closed = false;

  constructor(scope: Scope, record: ActionRecord) {
    this.scope = scope;
    this.record = record;
    this.label = record.name;
    this.name = `${scope.path}.${record.name}`;
    this.attached = { kind: "action", label: record.name, drains: true };
    this.detached = { ...this.attached, detached: true };
    scope.add(this);
  }

  /** Gives what the action gives, a promise where that takes time. @throws what the caller is to be told */
  call(input: unknown, options: CallActionOptions): unknown {
    return new ActionCall(this, options).make(input, options);
  }

  // One that has ended at once never comes in: a set through which every call passes keeps them longer than they last.
  takesTime(call: ActionCall): void {
    this.#calls.add(call);
  }

  ended(call: ActionCall): void {
    this.#calls.delete(call);
    if (this.#closed) this.#leave();
  }

  close(): void {
    this.#closed = true;
    this.#leave();
  }

  abort(reason: AbortError): void {
    for (const call of this.#calls) call.abort(reason);
  }

  inspect(): Record<string, unknown> {
    const { admin, calls, refused, errors, lastError, lastAt } = this.record;
    return {
      ...(admin ? { admin } : {}),
      calls,
      inFlight: this.#calls.size,
      refused,
      errors,
      ...(lastAt === undefined ? {} : { lastAt: isoTime(lastAt) }),
      ...(lastError === undefined ? {} : { lastError: messageOf(lastError) }),
    };
  }

  /** It stays in the tree until its last call has ended: their signals are aborted by it. */
  #leave(): void {
    if (this.#calls.size === 0) this.scope.remove(this);
  }
}
