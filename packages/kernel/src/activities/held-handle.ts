import type { Handle } from "./activity-options.ts";
import { HeldOutcome } from "./held-outcome.ts";

/** Awaited like a promise. Awaiting it, or calling `then` or `catch`, makes its failure the caller's. */
export interface Awaitable<Result> extends PromiseLike<Result> {
  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
  catch<R = never>(onRejected: (reason: unknown) => R | PromiseLike<R>): Promise<Result | R>;
  finally(onFinally: () => void): Promise<Result>;
}

/** Something that is awaited: its failure is its holder's where there is one. */
export class Held<Result> implements Awaitable<Result> {
  #outcome: HeldOutcome<Result> | undefined;

  // Made when first asked for: few are awaited while they run.
  get outcome(): HeldOutcome<Result> {
    this.#outcome ??= new HeldOutcome();
    return this.#outcome;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited like a promise
  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.outcome.promise.then(onFulfilled, onRejected);
  }

  catch<R = never>(onRejected: (reason: unknown) => R | PromiseLike<R>): Promise<Result | R> {
    return this.outcome.promise.catch(onRejected);
  }

  finally(onFinally: () => void): Promise<Result> {
    return this.outcome.promise.finally(onFinally);
  }
}

/** A handle that is awaited. */
export abstract class HeldHandle<Result> extends Held<Result> implements Handle {
  abstract readonly label: string;

  abstract cancel(): void;

  [Symbol.dispose](): void {
    this.cancel();
  }
}
