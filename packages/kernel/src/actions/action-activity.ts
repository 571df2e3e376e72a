import { isoTime } from "../clock.ts";
import { type AbortError, messageOf } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import { ActionCall, type CallActionOptions } from "./action-call.ts";
import type { ActionRecord } from "./action-record.ts";

/** One action in one run of its service: what transports call. */
export class ActionActivity implements Activity {
  readonly kind = "action";
  readonly label: string;
  readonly record: ActionRecord;
  readonly #scope: Scope;
  readonly #calls = new Set<ActionCall>();
  #closed = false;

  constructor(scope: Scope, record: ActionRecord) {
    this.#scope = scope;
    this.record = record;
    this.label = record.name;
    scope.add(this);
  }

  /** Settles as the action does, or when its time is up. */
  call(input: unknown, options: CallActionOptions): Promise<unknown> {
    const call = new ActionCall(this.#scope, this.record, options);
    this.#calls.add(call);
    call.onEnd = () => {
      this.#calls.delete(call);
      if (this.#closed) this.#leave();
    };
    return call.make(input);
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
    if (this.#calls.size === 0) this.#scope.remove(this);
  }
}
