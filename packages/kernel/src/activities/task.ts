import type { CallEnd, CallSpec } from "../call.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import { type Handle, labelOf } from "./activity-options.ts";
import { type Awaitable, HeldHandle } from "./held-handle.ts";
import type { Outcome } from "./held-outcome.ts";
import { LazySignal } from "./lazy-signal.ts";

/**
 * A spawned task. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that nobody holds
 * is a crash of the service.
 */
export interface Task<Result = void> extends Handle, Awaitable<Result> {
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
}

type TaskFunction<Result> = (...args: never[]) => Result | PromiseLike<Result>;

/** Is the end of its own call: a service may have a hundred thousand of them, and each object of one counts. */
export class TaskActivity<Result> extends HeldHandle<Result> implements Task<Result>, Activity, CallEnd<Result> {
  readonly label: string;
  state: Task["state"] = "running";
  readonly #scope: Scope;
  readonly #signal = new LazySignal();
  /** When it was spawned, then when it was called. */
  #since: number;
  #begun = false;

  constructor(scope: Scope, self: unknown, fn: TaskFunction<Result>, args: readonly unknown[]) {
    super();
    this.#scope = scope;
    this.label = labelOf(fn, "anonymous");
    this.#since = scope.core.clock.now();
    scope.add(this);
    queueMicrotask(() => {
      if (this.state === "running") this.#begin(self, fn, args);
    });
  }

  get kind(): "task" {
    return "task";
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

  ok(value: Result): void {
    this.#told({});
    this.#ended({ value }, "succeeded");
  }

  fail(error: unknown): void {
    this.#told({ error });
    // A task that is spawned in a run that was aborted already meets the same cancellation.
    const cancelled = this.#signal.aborted || this.#scope.aborted !== undefined;
    if (cancelled && isAbortError(error)) this.#ended({ error }, "cancelled");
    else {
      this.#ended({ error }, "failed");
      // An abandonment is told by the stop.
      if (!(error instanceof AbandonedError)) this.#judge(error, cancelled);
    }
  }

  get #spec(): CallSpec {
    return { kind: this.kind, label: this.label };
  }

  #begin(self: unknown, fn: TaskFunction<Result>, args: readonly unknown[]): void {
    this.#begun = true;
    const { clock, facts } = this.#scope.core;
    this.#since = clock.now();
    if (facts.wants("task.started")) facts.record("task.started", { path: this.#scope.path, label: this.label });
    const call = () => fn.apply(self as never, [...args, this.#signal.context] as never[]);
    this.#scope.run(this.#spec, call, this);
  }

  #told(failure: { readonly error?: unknown }): void {
    const { path, core } = this.#scope;
    if (!core.facts.wants("task.ended")) return;
    core.facts.record("task.ended", { path, label: this.label, ms: core.clock.now() - this.#since, ...failure });
  }

  #ended(outcome: Outcome<Result>, state: Task["state"]): void {
    this.state = state;
    this.#scope.remove(this);
    this.outcome.settle(outcome);
  }

  /** One turn of the event loop later the failure is the holder's, if there is one, else the service's. */
  #judge(error: unknown, cancelled: boolean): void {
    const scope = this.#scope;
    const spec = this.#spec;
    this.outcome.judge(
      scope.core.clock,
      (verdict, end) => scope.track(spec, undefined, verdict, end),
      () => scope.fail(spec, error, { crash: !cancelled }),
    );
  }
}
