import type { Frame } from "./async-context.ts";
import { AbandonedError, isAbortError } from "./errors/errors.ts";
import type { Scope } from "./scope.ts";

/** What is called: `{ kind: "task", label: "poll" }` reads as `task "poll"`. */
export interface CallSpec {
  readonly kind: string;
  readonly label?: string;
  /** Awaited before signals are aborted, as a request is; ticks and tasks are aborted first. */
  readonly drains?: boolean;
  /** Nobody can be waiting for it: it was started by a timer. */
  readonly detached?: boolean;
}

/** What becomes of a call; exactly one of the two is called, once. */
export interface CallEnd<T> {
  ok(value: T): void;
  /** Gets what was thrown, or an {@link AbandonedError}. */
  fail(error: unknown): void;
}

export function describe(spec: CallSpec): string {
  return spec.label ? `${spec.kind} "${spec.label}"` : spec.kind;
}

/** A call of user code that returned a promise and has not settled yet. */
export class Call<T = unknown> {
  readonly spec: CallSpec;
  readonly startedAt: number;
  /** Resolves when the call has settled or was abandoned; never rejects. */
  readonly settled: Promise<void>;
  #abandoned = false;
  readonly #scope: Scope;
  readonly #end: CallEnd<T>;
  #settle!: () => void;

  constructor(scope: Scope, spec: CallSpec, frame: Frame | undefined, result: PromiseLike<T>, end: CallEnd<T>) {
    this.#scope = scope;
    this.spec = spec;
    this.#end = end;
    this.startedAt = scope.core.clock.now();
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    result.then(
      (value) => {
        if (frame) frame.settled = true;
        if (this.#leave()) end.ok(value);
        this.#settle();
      },
      (error) => {
        if (frame) frame.settled = true;
        if (this.#leave()) end.fail(error);
        else if (!isAbortError(error)) {
          scope.core.report(error, { path: scope.path, label: `${describe(spec)} (left behind by a stop)` });
        }
        this.#settle();
      },
    );
  }

  /** Waits for it no longer; what comes of it later is dropped, a failure goes to `onError`. */
  abandon(afterMs: number): AbandonedError | undefined {
    if (!this.#leave()) return undefined;
    this.#abandoned = true;
    const error = new AbandonedError(this.#scope.path, describe(this.spec), afterMs);
    this.#end.fail(error);
    this.#settle();
    return error;
  }

  #leave(): boolean {
    return !this.#abandoned && this.#scope.leaveCall(this);
  }
}
