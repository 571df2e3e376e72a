import { cancelOn } from "../activities/activity-options.ts";
import { LazyContext, LazySignal } from "../activities/lazy-signal.ts";
import { isPromiseLike } from "../bounded.ts";
import type { CallEnd, CallSpec } from "../call.ts";
import { ActionFailedError, ActionInputError, ActionTimeoutError, isActionError } from "../errors/action-errors.ts";
import { AbandonedError, isAbortError, NotRunningError } from "../errors/errors.ts";
import { isRemote } from "../errors/remote-mark.ts";
import type { ActionContext } from "./action.ts";
import type { ActionActivity } from "./action-activity.ts";

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
  readonly #action: ActionActivity;
  readonly #transport: string;
  // Let go when it has ended: it leads to a whole request, which would outlive its answer by as much as the call does.
  #caller: CallActionOptions | undefined;
  /** Known where somebody observes, and where it takes time: asking the clock is a tenth of what a call costs. */
  #began: number | undefined;
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

  constructor(action: ActionActivity, options: CallActionOptions) {
    this.#action = action;
    this.#transport = options.transport;
    this.#caller = options;
  }

  /** Gives what the action gives, a promise where that takes time. @throws what the caller is to be told */
  make(input: unknown, { timeout, detached, carrier }: CallActionOptions): unknown {
    const { scope, record, attached } = this.#action;
    const { clock, facts } = scope.core;
    record.calls++;
    record.lastAt = clock.wallTime();
    const limit = Math.min(record.timeout ?? Number.POSITIVE_INFINITY, timeout ?? Number.POSITIVE_INFINITY);
    if (limit < Number.POSITIVE_INFINITY) {
      const label = `${scope.path}: action "${record.name}"`;
      this.#cancelTimer = clock.setTimer(() => this.#timeIsUp(limit), limit, label);
    }
    if (facts.wants("action.ended")) this.#began = clock.now();
    if (facts.wants("action.started")) {
      facts.record("action.started", { path: scope.path, action: record.name, transport: this.#transport });
    }
    const spec = detached ? this.#action.detached : attached;
    const call = scope.run(carrier ? { ...spec, carrier } : spec, () => this.#run(input), this);
    // Most end at once, and a promise more costs as much as the call.
    if (!call) return this.#result();
    this.#began ??= call.startedAt;
    this.#action.takesTime(this);
    this.#answer = Promise.withResolvers();
    return this.#answer.promise;
  }

  #result(): unknown {
    const outcome = this.#outcome as { readonly value: unknown } | { readonly error: unknown };
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
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
    const label = `action "${this.#action.record.name}" (its time was up)`;
    this.#action.scope.core.report(error, { path: this.#action.scope.path, label });
  }

  /** The service, the caller or the clock gives up on it. */
  abort(reason: unknown): void {
    this.#signal ??= new LazySignal();
    this.#signal.abort(() => reason);
  }

  #run(input: unknown): unknown {
    const parsed = this.#action.record.parse(input, this.#action.name);
    return isPromiseLike(parsed) ? parsed.then((value) => this.#call(value)) : this.#call(parsed);
  }

  #call(input: unknown): unknown {
    // Its time was up while a schema validated asynchronously: it does not begin any more.
    if (this.#timeout) throw this.#timeout;
    this.#isCalled = true;
    const { record, name } = this.#action;
    const result = record.call(input, new LazyActionContext(this, this.#transport));
    return record.output ? record.checked(result, name) : result;
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
    const record = this.#action.record;
    this.#timeout = new ActionTimeoutError(this.#action.name, limit);
    record.errors++;
    record.lastError = this.#timeout;
    this.abort(this.#timeout);
    // The caller hears of it now; the call itself is awaited by the service until it has settled.
    this.#answer?.reject(this.#timeout);
  }

  #ended(error?: unknown): void {
    this.#cancelTimer?.();
    this.#unlink?.();
    this.#action.ended(this);
    const { clock, facts } = this.#action.scope.core;
    if (!facts.wants("action.ended")) return;
    const failure = this.#timeout ?? error;
    facts.record("action.ended", {
      path: this.#action.scope.path,
      action: this.#action.record.name,
      transport: this.#transport,
      ms: this.#began === undefined ? 0 : clock.now() - this.#began,
      ...(failure === undefined ? {} : { error: failure }),
    });
  }

  #asToldToCaller(error: unknown): unknown {
    const record = this.#action.record;
    const isOwn = !isRemote(error);
    if (isOwn && !this.#isCalled && error instanceof ActionInputError) record.refused++;
    else if (isOwn && this.#isCalled && isActionError(error)) record.refused++;
    else if (error instanceof AbandonedError) return error;
    else if (this.#action.scope.aborted && isAbortError(error)) {
      return new NotRunningError(`${this.#action.name}: the service was stopped while it was at it; call again later`, {
        path: this.#action.scope.path,
        cause: error,
      });
    } else if (this.#isOfCaller(error)) return error;
    else {
      record.errors++;
      record.lastError = error;
      return new ActionFailedError(this.#action.name, { path: this.#action.scope.path, cause: error });
    }
    return error;
  }

  /** Whether it follows from the caller's giving up. */
  #isOfCaller(error: unknown): boolean {
    const signal = this.#caller?.signal;
    return signal?.aborted === true && (error === signal.reason || isAbortError(error));
  }
}
