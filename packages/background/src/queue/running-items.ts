import type { AbortError } from "@pawl/kernel";
import type { Outcome } from "@pawl/kernel/extend";
import type { QueueEntry, TryParts } from "./queue-entry.ts";

/** How many items begin in microtasks before the event loop gets a turn. */
const burst = 1_000;

/** The items of a queue that run, each with one try. */
export class RunningItems<Item, Result> {
  readonly #parts: TryParts<Item, Result>;
  readonly #concurrency: number;
  readonly #tried: (entry: QueueEntry<Item, Result>, outcome: Outcome<Result>) => void;
  readonly #active = new Set<QueueEntry<Item, Result>>();
  #begun = 0;
  /** When the last try began, on the clock. */
  lastAt: number | undefined;

  /** @param tried called when a try has ended; its item is not among those that run any more */
  constructor(
    parts: TryParts<Item, Result>,
    concurrency: number,
    tried: (entry: QueueEntry<Item, Result>, outcome: Outcome<Result>) => void,
  ) {
    this.#parts = parts;
    this.#concurrency = concurrency;
    this.#tried = tried;
  }

  get size(): number {
    return this.#active.size;
  }

  get isFull(): boolean {
    return this.#active.size >= this.#concurrency;
  }

  /** The place is taken now; the function is called in a microtask, when whoever has pushed the item has its handle. */
  add(entry: QueueEntry<Item, Result>): void {
    this.#active.add(entry);
    entry.handle.state = "running";
    const begin = () => {
      // It may have been taken out meanwhile.
      if (!this.#active.has(entry)) return;
      this.lastAt = this.#parts.scope.clock.now();
      entry.begin(this.#parts, {
        ok: (value) => this.#ended(entry, { value }),
        fail: (error) => this.#ended(entry, { error }),
      });
    };
    // Items that never wait for anything would keep the event loop from everything else.
    if (++this.#begun % burst === 0) this.#parts.scope.clock.defer(begin);
    else queueMicrotask(begin);
  }

  /** Takes one out whose function has not been called yet; false where that is too late: its signal is aborted. */
  cancel(entry: QueueEntry<Item, Result>, reason: AbortError): boolean {
    if (!entry.isBegun) return this.#active.delete(entry);
    entry.abort(reason);
    return false;
  }

  /** As `cancel`, for all; gives those that were taken out. */
  cancelAll(reason: AbortError): QueueEntry<Item, Result>[] {
    return [...this.#active].filter((entry) => this.cancel(entry, reason));
  }

  #ended(entry: QueueEntry<Item, Result>, outcome: Outcome<Result>): void {
    this.#active.delete(entry);
    this.#tried(entry, outcome);
  }
}
