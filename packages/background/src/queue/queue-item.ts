import type { Awaitable, Handle } from "@pawl/kernel";
import { HeldHandle, type Outcome } from "@pawl/kernel/extend";

/**
 * A pushed item. Awaiting it, or calling `then` or `catch`, makes its failure the caller's, that of being refused too; a
 * failure that nobody holds goes to the `onError` of the queue.
 */
export interface QueueItem<Result = void> extends Handle, Awaitable<Result> {
  /** `waiting` is also said of one that waits for another try; one that was `refused` was never in the queue. */
  readonly state: "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "dropped" | "refused";
  /** Tries begun so far. */
  readonly attempts: number;
  /**
   * Resolves when the item has a place in the queue: at once, but with `overflow: "wait"`, where a producer awaits it
   * before it pushes on. Rejects where the item was refused, and with a `PAWL_QUEUE_DEADLOCK` where the item that
   * awaits it is the only one that could make room.
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
  /** Gives an error where who waits for that place here would wait for itself. */
  #deadlock: (() => Error | undefined) | undefined;
  /** Set while it is of a `map` that has not come to it: nobody can hold it yet. */
  isAhead = false;
  /** Tells of its failure, which came while it was ahead. */
  untold: (() => void) | undefined;

  constructor(label: string, cancel: () => void) {
    super();
    this.label = label;
    this.#cancel = cancel;
  }

  get queued(): Promise<void> {
    if (this.state === "refused") return this.outcome.promise.then(() => {});
    const deadlock = this.#deadlock?.();
    return deadlock ? refusedWait(deadlock) : (this.#place?.promise ?? Promise.resolve());
  }

  cancel(): void {
    this.#cancel?.();
  }

  /** It has no place yet. */
  awaitPlace(): void {
    this.#place = Promise.withResolvers();
  }

  /** Gives who waits for the place the error that `find` gives there. */
  watchForDeadlock(find: () => Error | undefined): void {
    if (this.#place) this.#deadlock = find;
  }

  takePlace(): void {
    this.#place?.resolve();
    this.#place = undefined;
    this.#deadlock = undefined;
  }

  /** Its turn has come: its failure is that of who reads. */
  take(): void {
    this.isAhead = false;
    this.untold = undefined;
  }

  /** Nobody comes to it any more: its failure is told as that of any other item. */
  leave(): void {
    const { untold } = this;
    this.take();
    if (!this.outcome.isHeld) untold?.();
  }

  end(outcome: Outcome<Result>, state: QueueItem["state"]): void {
    this.state = state;
    this.#cancel = undefined;
    this.takePlace();
    this.outcome.settle(outcome);
  }
}

/** Rejects for who awaits it; for who does not it is nothing. */
export function refusedWait(error: Error): Promise<never> {
  const refused = Promise.reject<never>(error);
  refused.catch(() => {});
  return refused;
}
