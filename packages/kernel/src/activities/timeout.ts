import type { CallSpec } from "../call.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import {
  type ActivityOptions,
  cancelOn,
  checkOptions,
  type Handle,
  LazySignal,
  labelOf,
  settleFailure,
} from "./activity-options.ts";
import type { TickFunction } from "./interval.ts";

/** As for every activity. */
export type TimeoutOptions = ActivityOptions;

/** A pending timeout. */
export interface Timeout extends Handle {
  /** Whether its function has been called. */
  readonly fired: boolean;
}

/** Calls once; pending at stop, it never fires. */
export class TimeoutActivity implements Timeout, Activity {
  readonly kind = "timeout";
  readonly label: string;
  fired = false;
  readonly #scope: Scope;
  readonly #spec: CallSpec;
  readonly #options: TimeoutOptions;
  readonly #signal = new LazySignal();
  readonly #dueAt: number;
  #closed = false;
  readonly #cancelTimer: () => void;
  readonly #unlink: () => void;

  constructor(scope: Scope, self: unknown, fn: TickFunction, after: Duration, options: TimeoutOptions = {}) {
    const ms = milliseconds(after, "timeout(fn, after)", true);
    checkOptions("timeout", options);
    const { clock } = scope.core;
    this.#scope = scope;
    this.#options = options;
    this.label = options.label ?? labelOf(fn, "anonymous");
    this.#spec = { kind: "timeout", label: this.label, detached: true };
    this.#dueAt = clock.now() + ms;
    scope.add(this);
    this.#cancelTimer = clock.setTimer(() => this.#fire(self, fn), ms, `${scope.path}: timeout "${this.label}"`);
    this.#unlink = cancelOn(options.signal, () => this.cancel());
  }

  cancel(): void {
    this.close();
    const { path } = this.#scope;
    this.#signal.abort(() => cancellation(`${path}: timeout "${this.label}" was cancelled`, path));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#unlink();
    if (!this.fired) this.#scope.remove(this);
  }

  abort(reason: AbortError): void {
    this.#signal.abort(() => reason);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    const { clock } = this.#scope.core;
    return { fired: this.fired, dueAt: new Date(clock.wallTime() + this.#dueAt - clock.now()).toISOString() };
  }

  #fire(self: unknown, fn: TickFunction): void {
    this.fired = true;
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const { label } = this;
    const began = clock.now();
    const ended = (failure: { readonly error?: unknown } = {}) => {
      this.#unlink();
      this.#scope.remove(this);
      if (facts.wants("tick.ended")) facts.record("tick.ended", { path, label, ms: clock.now() - began, ...failure });
    };
    if (facts.wants("tick.started")) facts.record("tick.started", { path, label });
    this.#scope.run(this.#spec, () => fn.call(self as never, this.#signal.context), {
      ok: () => ended(),
      fail: (error) => {
        ended({ error });
        if (error instanceof AbandonedError || ((this.#signal.aborted || this.#scope.aborted) && isAbortError(error)))
          return;
        settleFailure(this.#scope, this.#spec, error, this.#options.onError ?? "report", this.#closed);
      },
    });
  }
}
