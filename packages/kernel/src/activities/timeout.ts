import type { CallSpec } from "../call.ts";
import { isoTime, wallTimeOf } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import {
  type ActivityOptions,
  type CallContext,
  cancelOn,
  checkOptions,
  type Handle,
  labelOf,
  settleFailure,
} from "./activity-options.ts";
import { LazySignal } from "./lazy-signal.ts";

/** As for every activity. */
export type TimeoutOptions = ActivityOptions;

/** A pending timeout. */
export interface Timeout extends Handle {
  /** Whether its function has been called. */
  readonly fired: boolean;
}

type TimeoutFunction = (context: CallContext) => unknown;

/** Calls once; pending at stop, it never fires. */
export class TimeoutActivity implements Timeout, Activity {
  readonly kind = "timeout";
  readonly label: string;
  fired = false;
  readonly #scope: Scope;
  readonly #spec: CallSpec;
  readonly #options: TimeoutOptions;
  readonly #signal = new LazySignal();
  /** This one and `#firedAt` on the monotonic clock. */
  readonly #dueAt: number;
  #firedAt = 0;
  #closed = false;
  readonly #cancelTimer: () => void;
  readonly #unlink: () => void;

  constructor(scope: Scope, self: unknown, fn: TimeoutFunction, after: Duration, options: TimeoutOptions = {}) {
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
    const { fired } = this;
    const wall = (at: number) => isoTime(wallTimeOf(this.#scope.core.clock, at));
    return fired ? { fired, lastAt: wall(this.#firedAt) } : { fired, nextAt: wall(this.#dueAt) };
  }

  #fire(self: unknown, fn: TimeoutFunction): void {
    this.fired = true;
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const { label } = this;
    const began = clock.now();
    this.#firedAt = began;
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
