import { cancelOn, LazySignal } from "../activities/activity-options.ts";
import { isPromiseLike } from "../bounded.ts";
import type { CallSpec } from "../call.ts";
import { ActionFailedError, ActionInputError, ActionTimeoutError, isActionError } from "../errors/action-errors.ts";
import { AbandonedError, type AbortError, isAbortError, NotRunningError } from "../errors/errors.ts";
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
  /** Whether it comes from outside, so that nobody in this process waits for it. @default false */
  readonly detached?: boolean;
}

/** One call by a transport, as an activity of the service: validated, awaited by its stop, and ended when its time is up. */
export class ActionCall {
  onEnd: () => void = () => {};
  readonly #scope: Scope;
  readonly #record: ActionRecord;
  readonly #options: CallActionOptions;
  readonly #signal = new LazySignal();
  readonly #answer = Promise.withResolvers<unknown>();
  readonly #began: number;
  #unlink: (() => void) | undefined;
  #cancelTimer: () => void = () => {};
  /** Whether the input was right, so that the action itself was called. */
  #isCalled = false;
  #timeout: ActionTimeoutError | undefined;

  constructor(scope: Scope, record: ActionRecord, options: CallActionOptions) {
    this.#scope = scope;
    this.#record = record;
    this.#options = options;
    this.#began = scope.core.clock.now();
  }

  /** `metrics.stats` */
  get #name(): string {
    return `${this.#scope.path}.${this.#record.name}`;
  }

  make(input: unknown): Promise<unknown> {
    const { clock, facts } = this.#scope.core;
    const record = this.#record;
    const { transport, detached = false } = this.#options;
    const { path } = this.#scope;
    record.calls++;
    record.lastAt = clock.wallTime();
    const limit = Math.min(
      record.timeout ?? Number.POSITIVE_INFINITY,
      this.#options.timeout ?? Number.POSITIVE_INFINITY,
    );
    if (limit < Number.POSITIVE_INFINITY) {
      this.#cancelTimer = clock.setTimer(() => this.#timeIsUp(limit), limit, `${path}: action "${record.name}"`);
    }
    if (facts.wants("action.started")) facts.record("action.started", { path, action: record.name, transport });
    const spec: CallSpec = { kind: "action", label: record.name, drains: true, detached };
    this.#scope.run(spec, () => this.#run(input), {
      ok: (value) => {
        this.#ended();
        this.#answer.resolve(value);
      },
      fail: (error) => this.#failed(error),
    });
    return this.#answer.promise;
  }

  /** The service gives up on it. */
  abort(reason: unknown): void {
    this.#signal.abort(() => reason as AbortError);
  }

  #run(input: unknown): unknown {
    const parsed = this.#record.parse(input, this.#name);
    return isPromiseLike(parsed) ? parsed.then((value) => this.#call(value)) : this.#call(parsed);
  }

  #call(input: unknown): unknown {
    // Its time was up while a schema validated asynchronously: it does not begin any more.
    if (this.#timeout) throw this.#timeout;
    this.#isCalled = true;
    return this.#record.call(input, this.#context());
  }

  #context(): ActionContext {
    const link = () => this.#linkCaller();
    const { context } = this.#signal;
    return {
      get signal() {
        link();
        return context.signal;
      },
      transport: this.#options.transport,
    };
  }

  // Only when the action asks for its signal: most never do.
  #linkCaller(): void {
    if (this.#unlink) return;
    const { signal } = this.#options;
    if (signal?.aborted) this.abort(signal.reason);
    this.#unlink = cancelOn(signal, () => this.abort(signal?.reason));
  }

  #timeIsUp(limit: number): void {
    const record = this.#record;
    this.#timeout = new ActionTimeoutError(this.#name, limit);
    record.errors++;
    record.lastError = this.#timeout;
    this.abort(this.#timeout);
    // The caller hears of it now; the call itself is awaited by the service until it has settled.
    this.#answer.reject(this.#timeout);
  }

  #ended(error?: unknown): void {
    this.#cancelTimer();
    this.#unlink?.();
    this.onEnd();
    const { clock, facts } = this.#scope.core;
    if (!facts.wants("action.ended")) return;
    const { transport } = this.#options;
    const failure = this.#timeout ?? error;
    facts.record("action.ended", {
      path: this.#scope.path,
      action: this.#record.name,
      transport,
      ms: clock.now() - this.#began,
      ...(failure === undefined ? {} : { error: failure }),
    });
  }

  #failed(error: unknown): void {
    this.#ended(error);
    const given = this.#timeout;
    if (!given) {
      this.#answer.reject(this.#asToldToCaller(error));
      return;
    }
    // Nobody waits any more. Told is what does not merely follow from that.
    if (error === given || isAbortError(error) || error instanceof AbandonedError) return;
    const label = `action "${this.#record.name}" (its time was up)`;
    this.#scope.core.report(error, { path: this.#scope.path, label });
  }

  #asToldToCaller(error: unknown): unknown {
    const record = this.#record;
    const { signal } = this.#options;
    if (!this.#isCalled && error instanceof ActionInputError) record.refused++;
    else if (this.#isCalled && isActionError(error)) record.refused++;
    else if (error instanceof AbandonedError) return error;
    else if (this.#scope.aborted && isAbortError(error)) {
      return new NotRunningError(`${this.#name}: the service was stopped while it was at it; call again later`, {
        path: this.#scope.path,
        cause: error,
      });
    } else if (signal?.aborted && (error === signal.reason || isAbortError(error))) return error;
    else {
      record.errors++;
      record.lastError = error;
      return new ActionFailedError(this.#name, { path: this.#scope.path, cause: error });
    }
    return error;
  }
}
