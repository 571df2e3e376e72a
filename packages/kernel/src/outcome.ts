import { Latch } from "./latch.ts";

/** How something ends that others wait for: well, or by an error. */
export class Outcome extends Latch {
  #failure: { readonly error: unknown } | undefined;

  fail(error: unknown): void {
    this.#failure = { error };
    this.settle();
  }

  /** Nothing where it ended well. @throws what it has failed by */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves or rejects as it ends. */
  get promise(): Promise<void> {
    return this.settled.then(() => this.check());
  }
}
