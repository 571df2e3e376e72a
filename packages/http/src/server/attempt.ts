import type { CallEnd } from "@pawl/kernel";

/** What was thrown that is no `Error`: Hono lets only those through. */
export class Thrown extends Error {
  readonly value: unknown;

  constructor(value: unknown) {
    super("something was thrown that is no Error");
    this.value = value;
  }
}

/** What becomes of a call that was handed to a service: a value at once, or a promise of it. */
export class Outcome<T> implements CallEnd<T> {
  #state: "pending" | "ok" | "failed" = "pending";
  #value: T | undefined;
  #error: unknown;
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  ok(value: T): void {
    this.#state = "ok";
    this.#value = value;
    this.#resolve?.(value);
  }

  fail(error: unknown): void {
    this.#state = "failed";
    this.#error = error instanceof Error ? error : new Thrown(error);
    this.#reject?.(this.#error);
  }

  /** The value, or a promise of it. @throws what the call threw */
  get result(): T | Promise<T> {
    if (this.#state === "ok") return this.#value as T;
    if (this.#state === "failed") throw this.#error;
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
}
