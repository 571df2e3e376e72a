import type { CallSpec } from "../call.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import { type Handle, LazySignal, labelOf } from "./activity-options.ts";

/**
 * A spawned task. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that nobody holds
 * is a crash of the service.
 */
export interface Task<Result = void> extends Handle, PromiseLike<Result> {
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
  catch<R = never>(onRejected: (reason: unknown) => R | PromiseLike<R>): Promise<Result | R>;
  finally(onFinally: () => void): Promise<Result>;
}

type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

export class TaskActivity<Result> implements Task<Result>, Activity {
  readonly kind = "task";
  readonly label: string;
  state: Task["state"] = "running";
  readonly #scope: Scope;
  readonly #spec: CallSpec;
  readonly #signal = new LazySignal();
  #begun = false;
  readonly #since: number;
  /** Made when first asked for: most tasks are never awaited. */
  #promise: Promise<Result> | undefined;
  #settle: ((outcome: Outcome<Result>) => void) | undefined;
  #outcome: Outcome<Result> | undefined;

  constructor(
    scope: Scope,
    self: unknown,
    fn: (...args: never[]) => Result | PromiseLike<Result>,
    args: readonly unknown[],
  ) {
    this.#scope = scope;
    this.label = labelOf(fn, "anonymous");
    this.#spec = { kind: "task", label: this.label };
    this.#since = scope.core.clock.now();
    scope.add(this);
    queueMicrotask(() => {
      if (this.state === "running")
        this.#begin(() => fn.apply(self as never, [...args, this.#signal.context] as never[]));
    });
  }

  // biome-ignore lint/suspicious/noThenProperty: a task is awaited like a promise
  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#held().then(onFulfilled, onRejected);
  }

  catch<R = never>(onRejected: (reason: unknown) => R | PromiseLike<R>): Promise<Result | R> {
    return this.#held().catch(onRejected);
  }

  finally(onFinally: () => void): Promise<Result> {
    return this.#held().finally(onFinally);
  }

  cancel(): void {
    if (this.state !== "running") return;
    this.abort(cancellation(`${this.#scope.path}: task "${this.label}" was cancelled`, this.#scope.path));
  }

  // A task is in flight from the moment it is spawned: there is nothing to refuse.
  close(): void {}

  abort(reason: AbortError): void {
    this.#signal.abort(() => reason);
    if (!this.#begun) this.#ended({ error: reason }, "cancelled");
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    return { state: this.state, ms: Math.round(this.#scope.core.clock.now() - this.#since) };
  }

  #held(): Promise<Result> {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => {
        this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value));
      });
      if (this.#outcome) this.#settle?.(this.#outcome);
    }
    return this.#promise;
  }

  #begin(fn: () => Result | PromiseLike<Result>): void {
    this.#begun = true;
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const { label } = this;
    const began = clock.now();
    if (facts.wants("task.started")) facts.record("task.started", { path, label });
    const told = (failure: { readonly error?: unknown } = {}) => {
      if (!facts.wants("task.ended")) return;
      facts.record("task.ended", { path, label, ms: clock.now() - began, ...failure });
    };
    this.#scope.run(this.#spec, fn, {
      ok: (value) => {
        told();
        this.#ended({ value }, "succeeded");
      },
      fail: (error) => {
        told({ error });
        // A task that is spawned in a run that was aborted already meets the same cancellation.
        const cancelled = this.#signal.aborted || this.#scope.aborted !== undefined;
        if (cancelled && isAbortError(error)) this.#ended({ error }, "cancelled");
        else {
          this.#ended({ error }, "failed");
          // An abandonment is told by the stop.
          if (!(error instanceof AbandonedError)) this.#judge(error, cancelled);
        }
      },
    });
  }

  #ended(outcome: Outcome<Result>, state: Task["state"]): void {
    this.state = state;
    this.#outcome = outcome;
    this.#scope.remove(this);
    this.#settle?.(outcome);
  }

  /** One turn of the event loop later the failure is the holder's, if there is one, else the service's. */
  #judge(error: unknown, cancelled: boolean): void {
    const turn = new Promise<void>((resolve) => {
      this.#scope.core.clock.defer(resolve);
    });
    // Tracked, so that a stop under way waits for the verdict.
    this.#scope.track(this.#spec, undefined, turn, {
      ok: () => {
        if (!this.#promise) this.#scope.fail(this.#spec, error, { crash: !cancelled });
      },
      fail() {},
    });
  }
}
