import { type AbortError, type Duration, milliseconds, WaitTimeoutError } from "@pawl/kernel";
import { type Activity, cancellation, cancelOn, checkSignal, type ServiceScope } from "@pawl/kernel/extend";

/** How long somebody waits for the first value. */
export interface ValueOptions {
  /** @default none: until the service stops */
  readonly timeout?: Duration;
  /** Rejects with an `AbortError` when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Somebody who waits; it stands in the tree, and ends with the signals of the service. */
class Wait<Value> implements Activity {
  readonly kind = "wait";
  readonly label: string;
  readonly promise: Promise<Value>;
  #end!: (settle: () => void) => void;
  #resolve!: (value: Value) => void;
  #reject!: (error: unknown) => void;

  constructor(scope: ServiceScope, label: string, options: ValueOptions, ended: (wait: Wait<Value>) => void) {
    const { clock, path } = scope;
    const { timeout, signal } = options;
    this.label = label;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // One that nobody awaits any more is no failure of the process.
    this.promise.catch(() => {});
    const ms = timeout === undefined ? undefined : milliseconds(timeout, "value({ timeout })");
    checkSignal(signal);
    const late = () => this.#fail(new WaitTimeoutError(path, label, ms as number));
    const cancelTimer = ms === undefined ? undefined : clock.setTimer(late, ms, `${path}: value of "${label}"`);
    const unlink = cancelOn(signal, () =>
      this.#fail(cancellation(`${path}: waiting for "${label}" was cancelled`, path)),
    );
    this.#end = (settle) => {
      cancelTimer?.();
      unlink();
      scope.remove(this);
      ended(this);
      settle();
    };
    scope.add(this);
  }

  // What a stop drains may still wait.
  close(): void {}

  abort(reason: AbortError): void {
    this.#fail(reason);
  }

  came(value: Value): void {
    this.#end(() => this.#resolve(value));
  }

  inspect(): Record<string, unknown> {
    return {};
  }

  #fail(error: unknown): void {
    this.#end(() => this.#reject(error));
  }
}

/** The first value of a poll, for those who wait for it. */
export class FirstValue<Value> {
  readonly #scope: ServiceScope;
  readonly #label: string;
  readonly #waits = new Set<Wait<Value>>();
  #cancelled: AbortError | undefined;

  constructor(scope: ServiceScope, label: string) {
    this.#scope = scope;
    this.#label = label;
  }

  wait(options: ValueOptions): Promise<Value> {
    const ended = this.#cancelled ?? this.#scope.aborted;
    if (ended) {
      const refused = Promise.reject<Value>(ended);
      refused.catch(() => {});
      return refused;
    }
    try {
      const wait = new Wait<Value>(this.#scope, this.#label, options, (over) => this.#waits.delete(over));
      this.#waits.add(wait);
      return wait.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  came(value: Value): void {
    for (const wait of [...this.#waits]) wait.came(value);
  }

  cancel(): void {
    const { path } = this.#scope;
    this.#cancelled ??= cancellation(`${path}: poll "${this.#label}" was cancelled`, path);
    for (const wait of [...this.#waits]) wait.abort(this.#cancelled);
  }
}
