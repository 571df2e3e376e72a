import { PawlRangeError, PawlTypeError } from "./errors/pawl-error.ts";

/** What happens to an item that comes when a buffer is full: it is refused with an error, or an item is dropped. */
export type Overflow = "error" | "drop-oldest" | "drop-newest";

const policies: readonly unknown[] = ["error", "drop-oldest", "drop-newest"] satisfies Overflow[];

/** What became of an item; `dropped` is the one that gave way to it. */
export type Pushed<T> = { readonly taken: true; readonly dropped?: T } | { readonly taken: false };

/** Clears away the consumed part of a list from this length on. */
const chunk = 1_024;

/** Items in line, first in first out, at most `capacity`. */
export class BoundedBuffer<T> {
  readonly capacity: number;
  readonly overflow: Overflow;
  /** How many items were dropped or refused because it was full. */
  dropped = 0;
  #items: T[] = [];
  /** Where the first item is: those before it are consumed. */
  #first = 0;

  /**
   * @param where names the options in errors: `listen(…)`
   * @throws TypeError or RangeError `PAWL_BAD_OPTION`
   */
  constructor(capacity: number, overflow: Overflow, where: string) {
    if (!(capacity === Number.POSITIVE_INFINITY || (Number.isSafeInteger(capacity) && capacity >= 1))) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `${where}: how many it holds must be 1 or more, not ${String(capacity)}`,
      );
    }
    if (!policies.includes(overflow)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `${where}: overflow must be "error", "drop-oldest" or "drop-newest", not ${JSON.stringify(overflow)}`,
      );
    }
    this.capacity = capacity;
    this.overflow = overflow;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /** Puts an item in line. Where the buffer is full its policy decides. */
  push(item: T): Pushed<T> {
    if (!this.isFull) {
      this.#items.push(item);
      return { taken: true };
    }
    this.dropped++;
    if (this.overflow !== "drop-oldest") return { taken: false };
    const dropped = this.shift() as T;
    this.#items.push(item);
    return { taken: true, dropped };
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first] as T;
    this.#items[this.#first] = undefined as T;
    this.#first++;
    if (this.#first === this.#items.length || (this.#first >= chunk && this.#first * 2 >= this.#items.length)) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes all items out, oldest first. */
  clear(): T[] {
    const items = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    return items;
  }
}
