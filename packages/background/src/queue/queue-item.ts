import type { Awaitable, Handle } from "@pawl/kernel";
import { HeldHandle, type Outcome } from "@pawl/kernel/extend";

/**
 * A pushed item. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that nobody holds
 * goes to the `onError` of the queue.
 */
export interface QueueItem<Result = void> extends Handle, Awaitable<Result> {
  /** `waiting` is also said of one that waits for another try. */
  readonly state: "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "dropped";
  /** Tries begun so far. */
  readonly attempts: number;
  /**
   * Resolves when the item has a place in the queue: at once, but with `overflow: "wait"`, where a producer awaits it
   * before it pushes on. Never rejects.
   */
  readonly queued: Promise<void>;
}

/** What a caller keeps of an item; once that has ended it knows nothing of the queue. */
export class ItemHandle<Result> extends HeldHandle<Result> implements QueueItem<Result> {
  readonly label: string;
  state: QueueItem["state"] = "waiting";
  attempts = 0;
  #cancel: (() => void) | undefined;
  /** There while it waits for a place. */
  #place: PromiseWithResolvers<void> | undefined;

  constructor(label: string, cancel: () => void) {
    super();
    this.label = label;
    this.#cancel = cancel;
  }

  get queued(): Promise<void> {
    return this.#place?.promise ?? Promise.resolve();
  }

  cancel(): void {
    this.#cancel?.();
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
