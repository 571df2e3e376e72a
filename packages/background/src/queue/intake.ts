import type { QueueEntry } from "./queue-entry.ts";
import type { PushOptions, QueueOverflow, QueueSettings } from "./queue-options.ts";
import type { WaitingItems } from "./waiting-items.ts";

/** What became of a push: the item of its key that was there already, or a new one. */
export interface Taken<Item, Result> {
  readonly entry: QueueEntry<Item, Result>;
  readonly isNew: boolean;
  /** The item that is dropped since the queue was full; it may be the new one. */
  readonly dropped?: QueueEntry<Item, Result> | undefined;
}

/** Lets items in: none twice by its key, and as `overflow` says where the queue is full. */
export class Intake<Item, Result> {
  readonly #settings: QueueSettings<Item>;
  readonly #waiting: WaitingItems<Item, Result>;
  /** Those that wait or run. */
  readonly #byKey = new Map<unknown, QueueEntry<Item, Result>>();

  constructor(settings: QueueSettings<Item>, waiting: WaitingItems<Item, Result>) {
    this.#settings = settings;
    this.#waiting = waiting;
  }

  /** Gives undefined where the item is refused: the queue is full, and nothing gives way. */
  take(
    value: Item,
    options: PushOptions,
    overflow: QueueOverflow,
    make: (key: unknown) => QueueEntry<Item, Result>,
  ): Taken<Item, Result> | undefined {
    const { unique } = this.#settings;
    const key = unique?.(value);
    const same = unique ? this.#byKey.get(key) : undefined;
    if (same) return { entry: same, isNew: false };
    const isFull = this.#waiting.isFull;
    if (isFull && overflow === "error") return undefined;
    const entry = make(key);
    let dropped: QueueEntry<Item, Result> | undefined;
    if (isFull && overflow === "drop-newest") dropped = entry;
    if (isFull && overflow === "drop-oldest") dropped = this.#waiting.shiftFor(options.priority ?? 0) ?? entry;
    if (dropped !== entry) {
      if (unique) this.#byKey.set(key, entry);
      if (isFull && overflow === "wait") this.#waiting.park(entry);
      else this.#waiting.add(entry);
    }
    return { entry, isNew: true, dropped };
  }

  /** An item has ended: its key is free. */
  forget(entry: QueueEntry<Item, Result>): void {
    // One that was dropped on its way in has never had it.
    if (this.#settings.unique && this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }
}
