import type { Frame } from "./async-context.ts";
import { AbandonedError, isAbortError } from "./errors/errors.ts";
import type { Scope, ScopeCore } from "./scope.ts";
import { throwInOwnTurn } from "./throw-in-own-turn.ts";

/** What is called: `{ kind: "task", label: "poll" }` reads as `task "poll"`. */
export interface CallSpec {
  readonly kind: string;
  readonly label?: string;
  /** Awaited before signals are aborted, as a request is; ticks and tasks are aborted first. */
  readonly drains?: boolean;
  /** Worked off by something that drains and awaits it itself, as an item is by its queue. */
  readonly ofDrain?: boolean;
  /** Gives a header, by its name in lower case, of the message from another process that it answers: traces come in it. */
  readonly carrier?: ((header: string) => string | undefined) | undefined;
  /** Nobody can be waiting for it: it was started by a timer. */
  readonly detached?: boolean;
}

/** What becomes of a call; exactly one of `ok` and `fail` is called, once. */
export interface CallEnd<T> {
  ok(value: T): void;
  /** Gets what was thrown, or an {@link AbandonedError}. */
  fail(error: unknown): void;
  /** Gets what an abandoned call gave in the end. It must hold nothing of the kernel, which may be gone by then. */
  readonly late?: ((value: T) => void) | undefined;
}

export function describe(spec: CallSpec): string {
  return spec.label ? `${spec.kind} "${spec.label}"` : spec.kind;
}

interface Run<T> {
  readonly scope: Scope;
  readonly end: CallEnd<T>;
}

/** What an abandoned call keeps: its promise may stay pending for ever and must hold nothing of the kernel. */
interface LeftBehind<T> {
  readonly core: WeakRef<ScopeCore>;
  readonly path: string;
  readonly late: ((value: T) => void) | undefined;
}

/** A call of user code that returned a promise and has not settled yet. */
export class Call<T = unknown> {
  readonly spec: CallSpec;
  readonly startedAt: number;
  readonly #frame: Frame | undefined;
  /** Gone as soon as the call has settled or was abandoned. */
  #run: Run<T> | undefined;
  #leftBehind: LeftBehind<T> | undefined;
  #onSettled: (() => void) | undefined;

  constructor(scope: Scope, spec: CallSpec, frame: Frame | undefined, result: PromiseLike<T>, end: CallEnd<T>) {
    this.spec = spec;
    this.startedAt = scope.core.clock.now();
    this.#frame = frame;
    this.#run = { scope, end };
    // Of what is no real promise `then` may do anything: call back at once, twice, or throw.
    Promise.resolve(result).then(
      (value) => {
        if (this.#frame) this.#frame.settled = true;
        const left = this.#leave();
        if (left) left.end.ok(value);
        else this.#leftBehind?.late?.(value);
        this.#settle();
      },
      (error: unknown) => {
        if (this.#frame) this.#frame.settled = true;
        const left = this.#leave();
        if (left) left.end.fail(error);
        else this.#failedLate(error);
        this.#settle();
      },
    );
  }

  /** Resolves when the call has settled or was abandoned; never rejects. */
  get settled(): Promise<void> {
    return new Promise((resolve) => this.whenSettled(resolve));
  }

  /** Calls `fn` when the call has settled or was abandoned, at once where it has. */
  whenSettled(fn: () => void): void {
    const others = this.#onSettled;
    if (!this.#run) fn();
    else if (!others) this.#onSettled = fn;
    else {
      this.#onSettled = () => {
        others();
        fn();
      };
    }
  }

  /** Waits for it no longer; a late result is dropped, a late failure goes to `onError`. */
  abandon(afterMs: number): AbandonedError | undefined {
    const left = this.#leave();
    if (!left) return undefined;
    const { scope, end } = left;
    if (this.#frame) this.#frame.abandoned = true;
    this.#leftBehind = { core: scope.core.weak, path: scope.path, late: end.late };
    const error = new AbandonedError(scope.path, describe(this.spec), afterMs);
    end.fail(error);
    this.#settle();
    return error;
  }

  /** Leaves the calls in flight, once. */
  #leave(): Run<T> | undefined {
    const run = this.#run;
    this.#run = undefined;
    run?.scope.leaveCall(this);
    return run;
  }

  #settle(): void {
    this.#onSettled?.();
    this.#onSettled = undefined;
  }

  #failedLate(error: unknown): void {
    if (!this.#leftBehind || isAbortError(error)) return;
    const { core, path } = this.#leftBehind;
    const kernel = core.deref();
    if (kernel) kernel.report(error, { path, label: `${describe(this.spec)} (left behind by a stop)` });
    else throwInOwnTurn(error);
  }
}
