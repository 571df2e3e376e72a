import { cancelOn } from "../activities/activity-options.ts";
import { LazyContext, LazySignal } from "../activities/lazy-signal.ts";
import { isPromiseLike } from "../bounded.ts";
import type { CallEnd, CallSpec } from "../call.ts";
import { ActionFailedError, ActionInputError, ActionTimeoutError, isActionError } from "../errors/action-errors.ts";
import { AbandonedError, isAbortError, NotRunningError } from "../errors/errors.ts";
import { isRemote } from "../errors/remote-mark.ts";
import type { Scope } from "../scope.ts";
import type { ActionContext } from "./action.ts";
import type { ActionRecord } from "./action-record.ts";

/** How a transport calls an action. */
export interface CallActionOptions {
  /** Of the transport: `"http"`. */
  readonly transport: string;
  /** The caller's: it aborts that of the call. Read when the action first asks for its own. */
  readonly signal?: AbortSignal;
  /** How long the caller waits, in milliseconds. */
  readonly timeout?: number | undefined;
  /** The headers that it came with, for tracing. */
  readonly carrier?: CallSpec["carrier"];
  /** Whether it comes from outside, so that nobody in this process waits for it. @default false */
  readonly detached?: boolean;
}

/** What a call belongs to. */
interface CallHolder {
  takesTime(call: ActionCall): void;
  ended(call: ActionCall): void;
}

/** What the function of an action gets last. */
class LazyActionContext extends LazyContext implements ActionContext {
  readonly transport: string;

  constructor(call: ActionCall, transport: string) {
    super(call);
    this.transport = transport;
  }
}

/** One call by a transport, as an activity of the service: validated, awaited by its stop, and ended when its time is up. */
export class ActionCall implements CallEnd<unknown> {
  readonly #holder: CallHolder;
  readonly #scope: Scope;
  readonly #record: ActionRecord;
  readonly #transport: string;
  // Let go when it has ended: it leads to a whole request, which would outlive its answer by as much as the call does.
  #caller: CallActionOptions | undefined;
  readonly #began: number;
  /** There once somebody has to know of it. */
  #signal: LazySignal | undefined;
  #unlink: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Whether the input was right, so that the action itself was called. */
  #isCalled = false;
  #timeout: ActionTimeoutError | undefined;
  /** How it ended. */
  #outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  /** For who waits, where it did not end at once. */
  #answer: PromiseWithResolvers<unknown> | undefined;

  constructor(holder: CallHolder, scope: Scope, record: ActionRecord, options: CallActionOptions) {
    this.#holder = holder;
    this.#scope = scope;
    this.#record = record;
    this.#transport = options.transport;
    this.#caller = options;
    this.#began = scope.core.clock.now();
  }

  /** `metrics.stats` */
  get #name(): string {
    return `${this.#scope.path}.${this.#record.name}`;
  }

  /** Gives what the action gives, a promise where that takes time. @throws what the caller is to be told */
  make(input: unknown, { timeout = Number.POSITIVE_INFINITY, detached = false, carrier }: CallActionOptions): unknown {
    const { clock, facts } = this.#scope.core;
    const record = this.#record;
    const transport = this.#transport;
    const { path } = this.#scope;
    record.calls++;
    record.lastAt = clock.wallTime();
    const limit = Math.min(record.timeout ?? Number.POSITIVE_INFINITY, timeout);
    if (limit < Number.POSITIVE_INFINITY) {
      this.#cancelTimer = clock.setTimer(() => this.#timeIsUp(limit), limit, `${path}: action "${record.name}"`);
    }
    if (facts.wants("action.started")) facts.record("action.started", { path, action: record.name, transport });
    const spec: CallSpec = { kind: "action", label: record.name, drains: true, detached, ...(carrier && { carrier }) };
    this.#scope.run(spec, () => this.#run(input), this);
    // Most end at once, and a promise more costs as much as the call.
    if (this.#outcome) {
      if ("error" in this.#outcome) throw this.#outcome.error;
      return this.#outcome.value;
    }
    this.#holder.takesTime(this);
    this.#answer = Promise.withResolvers();
    return this.#answer.promise;
  }

  ok(value: unknown): void {
    this.#ended();
    this.#caller = undefined;
    this.#outcome = { value };
    this.#answer?.resolve(value);
  }

  fail(error: unknown): void {
    this.#ended(error);
    const given = this.#timeout;
    const told = given ?? this.#asToldToCaller(error);
    this.#caller = undefined;
    if (!given) {
      this.#outcome = { error: told };
      this.#answer?.reject(told);
      return;
    }
    // Nobody waits any more. Told is what does not merely follow from that.
    if (error === given || isAbortError(error) || error instanceof AbandonedError) return;
    const label = `action "${this.#record.name}" (its time was up)`;
    this.#scope.core.report(error, { path: this.#scope.path, label });
  }

  /** The service, the caller or the clock gives up on it. */
  abort(reason: unknown): void {
    this.#signal ??= new LazySignal();
    this.#signal.abort(() => reason);
  }

  #run(input: unknown): unknown {
    const parsed = this.#record.parse(input, this.#name);
    return isPromiseLike(parsed) ? parsed.then((value) => this.#call(value)) : this.#call(parsed);
  }

  #call(input: unknown): unknown {
    // Its time was up while a schema validated asynchronously: it does not begin any more.
    if (this.#timeout) throw this.#timeout;
    this.#isCalled = true;
    const record = this.#record;
    const result = record.call(input, new LazyActionContext(this, this.#transport));
    return record.output ? record.checked(result, this.#name) : result;
  }

  // The caller's is asked for only when the action asks for its own: most never do.
  get signal(): AbortSignal {
    this.#signal ??= new LazySignal();
    if (!this.#unlink) {
      const signal = this.#caller?.signal;
      if (signal?.aborted) this.abort(signal.reason);
      this.#unlink = cancelOn(signal, () => this.abort(signal?.reason));
    }
    return this.#signal.signal;
  }

  #timeIsUp(limit: number): void {
    const record = this.#record;
    this.#timeout = new ActionTimeoutError(this.#name, limit);
    record.errors++;
    record.lastError = this.#timeout;
    this.abort(this.#timeout);
    // The caller hears of it now; the call itself is awaited by the service until it has settled.
    this.#answer?.reject(this.#timeout);
  }

  #ended(error?: unknown): void {
    this.#cancelTimer?.();
    this.#unlink?.();
    this.#holder.ended(this);
    const { clock, facts } = this.#scope.core;
    if (!facts.wants("action.ended")) return;
    const failure = this.#timeout ?? error;
    facts.record("action.ended", {
      path: this.#scope.path,
      action: this.#record.name,
      transport: this.#transport,
      ms: clock.now() - this.#began,
      ...(failure === undefined ? {} : { error: failure }),
    });
  }

  #asToldToCaller(error: unknown): unknown {
    const record = this.#record;
    const isOwn = !isRemote(error);
    if (isOwn && !this.#isCalled && error instanceof ActionInputError) record.refused++;
    else if (isOwn && this.#isCalled && isActionError(error)) record.refused++;
    else if (error instanceof AbandonedError) return error;
    else if (this.#scope.aborted && isAbortError(error)) {
      return new NotRunningError(`${this.#name}: the service was stopped while it was at it; call again later`, {
        path: this.#scope.path,
        cause: error,
      });
    } else if (this.#isOfCaller(error)) return error;
    else {
      record.errors++;
      record.lastError = error;
      return new ActionFailedError(this.#name, { path: this.#scope.path, cause: error });
    }
    return error;
  }

  /** Whether it follows from the caller's giving up. */
  #isOfCaller(error: unknown): boolean {
    const signal = this.#caller?.signal;
    return signal?.aborted === true && (error === signal.reason || isAbortError(error));
  }
}
