import type { Handle } from "@pawl/kernel";
import { HeldOutcome } from "@pawl/kernel/extend";

/**
 * A pushed item. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that nobody holds
 * goes to the `onError` of the queue.
 */
export interface QueueItem<Result = void> extends Handle, PromiseLike<Result> {
  /** `waiting` is also said of one that waits for another try. */
  readonly state: "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "dropped";
  /** Tries begun so far. */
  readonly attempts: number;
  /**
   * Resolves when the item has a place in the queue: at once, but with `overflow: "wait"`, where a producer awaits it
   * before it pushes on. Never rejects.
   */
  readonly queued: Promise<void>;
  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
  catch<R = never>(onRejected: (reason: unknown) => R | PromiseLike<R>): Promise<Result | R>;
  finally(onFinally: () => void): Promise<Result>;
}

export type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

/** What a caller keeps of an item; once that has ended it knows nothing of the queue. */
export class ItemHandle<Result> implements QueueItem<Result> {
  readonly label: string;
  state: QueueItem["state"] = "waiting";
  attempts = 0;
  readonly outcome: HeldOutcome<Result> = new HeldOutcome();
  #cancel: (() => void) | undefined;
  /** There while it waits for a place. */
  #place: PromiseWithResolvers<void> | undefined;

  constructor(label: string, cancel: () => void) {
    this.label = label;
    this.#cancel = cancel;
  }

  get queued(): Promise<void> {
    return this.#place?.promise ?? Promise.resolve();
  }

  // biome-ignore lint/suspicious/noThenProperty: an item is awaited like a promise
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

  cancel(): void {
    this.#cancel?.();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  /** It has no place yet. */
  awaitPlace(): void {
    this.#place = Promise.withResolvers();
  }

  takePlace(): void {
    this.#place?.resolve();
    this.#place = undefined;
  }

  end(outcome: Outcome<Result>, state: QueueItem["state"]): void {
    this.state = state;
    this.#cancel = undefined;
    this.takePlace();
    this.outcome.settle(outcome);
  }
}
