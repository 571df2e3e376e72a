import type { Frame } from "./async-context.ts";
import { AbandonedError, isAbortError } from "./errors/errors.ts";
import type { Scope, ScopeCore } from "./scope.ts";
import type { StopWait } from "./stop-waits.ts";
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

/** What an abandoned call keeps: its promise may stay pending for ever and must hold nothing of the kernel. */
interface LeftBehind<T> {
  readonly core: WeakRef<ScopeCore>;
  readonly path: string;
  readonly late: ((value: T) => void) | undefined;
}

/** A call of user code that returned a promise and has not settled yet. */
export class Call<T = unknown> implements StopWait {
  readonly spec: CallSpec;
  readonly startedAt: number;
  readonly #frame: Frame | undefined;
  /** Both are gone as soon as the call has settled or was abandoned. */
  #scope: Scope | undefined;
  #end: CallEnd<T> | undefined;
  #leftBehind: LeftBehind<T> | undefined;
  #onSettled: (() => void) | undefined;

  constructor(scope: Scope, spec: CallSpec, frame: Frame | undefined, result: PromiseLike<T>, end: CallEnd<T>) {
    this.spec = spec;
    this.startedAt = scope.core.clock.now();
    this.#frame = frame;
    this.#scope = scope;
    this.#end = end;
    // Of what is no real promise `then` may do anything: call back at once, twice, or throw.
    Promise.resolve(result).then(this.#ok.bind(this), this.#fail.bind(this));
  }

  /** Whose it is, while it is in flight. */
  get path(): string {
    return this.#scope?.path ?? "";
  }

  /** What a stop that waits for it says of it. */
  get what(): readonly string[] {
    return [describe(this.spec)];
  }

  /** Resolves when the call has settled or was abandoned; never rejects. */
  get settled(): Promise<void> {
    return new Promise((resolve) => this.whenSettled(resolve));
  }

  /** Calls `fn` when the call has settled or was abandoned, at once where it has. */
  whenSettled(fn: () => void): void {
    const others = this.#onSettled;
    if (!this.#end) fn();
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
    const scope = this.#scope;
    const end = this.#leave();
    if (!scope || !end) return undefined;
    if (this.#frame) this.#frame.abandoned = true;
    this.#leftBehind = { core: scope.core.weak, path: scope.path, late: end.late };
    const error = new AbandonedError(scope.path, describe(this.spec), afterMs);
    end.fail(error);
    this.#settle();
    return error;
  }

  #ok(value: T): void {
    if (this.#frame) this.#frame.settled = true;
    const end = this.#leave();
    if (end) end.ok(value);
    else this.#leftBehind?.late?.(value);
    this.#settle();
  }

  #fail(error: unknown): void {
    if (this.#frame) this.#frame.settled = true;
    const end = this.#leave();
    if (end) end.fail(error);
    else this.#failedLate(error);
    this.#settle();
  }

  /** Leaves the calls in flight, once; gives who is to hear of its end. */
  #leave(): CallEnd<T> | undefined {
    const end = this.#end;
    this.#scope?.leaveCall(this);
    this.#scope = undefined;
    this.#end = undefined;
    return end;
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
