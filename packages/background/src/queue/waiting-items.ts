import { PriorityLine } from "./priority-line.ts";
import type { QueueEntry } from "./queue-entry.ts";

/** The items of a queue that do not run: in line, by priority, or waiting for the time of their next try. */
export class WaitingItems<Item, Result> {
  readonly #capacity: number;
  readonly #line = new PriorityLine<QueueEntry<Item, Result>>();
  readonly #delayed = new Set<QueueEntry<Item, Result>>();
  /** In line too, but without a place of their own, in the order in which they came. */
  readonly #parked = new PriorityLine<QueueEntry<Item, Result>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#line.size + this.#delayed.size;
  }

  /** An item that comes back for another try is taken all the same: it may be fuller than full. */
  get isFull(): boolean {
    return this.size >= this.#capacity;
  }

  /** Those that wait for the time of their next try. */
  get delayed(): Iterable<QueueEntry<Item, Result>> {
    return this.#delayed;
  }

  /** When the next try of one of those is due, on the clock. */
  get nextAt(): number | undefined {
    let nextAt: number | undefined;
    for (const { dueAt = 0 } of this.#delayed) nextAt = Math.min(dueAt, nextAt ?? dueAt);
    return nextAt;
  }

  add(entry: QueueEntry<Item, Result>): void {
    entry.place = this.#line.add(entry, entry.priority);
  }

  /** Adds an item for which there is no place: its producer is told when there is one. */
  park(entry: QueueEntry<Item, Result>): void {
    entry.parkedPlace = this.#parked.add(entry, 0);
    entry.handle.awaitPlace();
    this.add(entry);
  }

  delay(entry: QueueEntry<Item, Result>): void {
    this.#delayed.add(entry);
  }

  /** Takes out the next one in line. */
  shift(): QueueEntry<Item, Result> | undefined {
    return this.#left(this.#line.shift());
  }

  /**
   * Takes out who gives way to an item of this priority: the oldest of the lowest priority. Nobody does to one whose
   * priority is lower still.
   */
  shiftFor(priority: number): QueueEntry<Item, Result> | undefined {
    const { lowest } = this.#line;
    if (lowest !== undefined) return priority < lowest ? undefined : this.#left(this.#line.shiftLowest());
    for (const entry of this.#delayed) {
      this.#delayed.delete(entry);
      return entry;
    }
    return undefined;
  }

  /** Takes one out; false where it does not wait. */
  remove(entry: QueueEntry<Item, Result>): boolean {
    if (!entry.place) return this.#delayed.delete(entry);
    this.#line.remove(entry.place);
    this.#left(entry);
    return true;
  }

  /** Takes all out, those in line first. */
  clear(): QueueEntry<Item, Result>[] {
    const all: QueueEntry<Item, Result>[] = [];
    for (let next = this.shift(); next; next = this.shift()) all.push(next);
    all.push(...this.#delayed);
    this.#delayed.clear();
    return all;
  }

  /** Gives places that have become free to those that were parked, in the order in which they came. */
  giveRoom(): void {
    while (this.#parked.size > 0 && this.size - this.#parked.size < this.#capacity) {
      const entry = this.#parked.shift();
      if (!entry) return;
      entry.parkedPlace = undefined;
      entry.handle.takePlace();
    }
  }

  #left(entry: QueueEntry<Item, Result> | undefined): QueueEntry<Item, Result> | undefined {
    if (!entry) return undefined;
    entry.place = undefined;
    if (entry.parkedPlace) this.#parked.remove(entry.parkedPlace);
    entry.parkedPlace = undefined;
    return entry;
  }
}
