import type { CallSpec } from "../call.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import { type Handle, LazySignal, labelOf } from "./activity-options.ts";
import { type Awaitable, HeldHandle } from "./held-handle.ts";
import type { Outcome } from "./held-outcome.ts";

/**
 * A spawned task. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that nobody holds
 * is a crash of the service.
 */
export interface Task<Result = void> extends Handle, Awaitable<Result> {
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
}

export class TaskActivity<Result> extends HeldHandle<Result> implements Task<Result>, Activity {
  readonly kind = "task";
  readonly label: string;
  state: Task["state"] = "running";
  readonly #scope: Scope;
  readonly #spec: CallSpec;
  readonly #signal = new LazySignal();
  #begun = false;
  readonly #since: number;

  constructor(
    scope: Scope,
    self: unknown,
    fn: (...args: never[]) => Result | PromiseLike<Result>,
    args: readonly unknown[],
  ) {
    super();
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

  inspect(): Record<string, unknown> {
    return { state: this.state, ms: Math.round(this.#scope.core.clock.now() - this.#since) };
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
    this.#scope.remove(this);
    this.outcome.settle(outcome);
  }

  /** One turn of the event loop later the failure is the holder's, if there is one, else the service's. */
  #judge(error: unknown, cancelled: boolean): void {
    const scope = this.#scope;
    this.outcome.judge(
      scope.core.clock,
      (verdict, end) => scope.track(this.#spec, undefined, verdict, end),
      () => scope.fail(this.#spec, error, { crash: !cancelled }),
    );
  }
}
