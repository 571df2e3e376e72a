import type { CallEnd } from "@pawl/kernel/extend";

/** A call that a service is asked to make, and what became of it at once: a value, a promise, or an error. */
export class Attempt<T> implements CallEnd<T> {
  /** What is called as the service's. */
  readonly call: () => T | PromiseLike<T>;
  #returned: T | PromiseLike<T> | undefined;
  #threw = false;
  #error: unknown;
  #abandon: ((error: unknown) => void) | undefined;

  constructor(fn: () => T | PromiseLike<T>) {
    this.call = () => {
      this.#returned = fn();
      return this.#returned;
    };
  }

  ok(): void {}

  fail(error: unknown): void {
    this.#threw = true;
    this.#error = error;
    this.#abandon?.(error);
  }

  /** @throws what was thrown at once */
  get result(): T | Promise<T> {
    if (this.#threw) throw this.#error;
    return this.#returned as T | Promise<T>;
  }

  /** As `result`; where it is a promise, it also rejects when the service waits for it no longer. */
  get boundedResult(): T | Promise<T> {
    const { result } = this;
    if (!(result instanceof Promise)) return result;
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon = reject;
    });
    return Promise.race([result, abandoned]);
  }
}
