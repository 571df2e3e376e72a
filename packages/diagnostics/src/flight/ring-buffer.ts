/** The last so many items; grows as it fills. */
export class RingBuffer<T> {
  readonly #size: number;
  readonly #items: T[] = [];
  /** Where the oldest stands once it is full. */
  #first = 0;
  #dropped = 0;

  /** @param size a whole number above 0 */
  constructor(size: number) {
    this.#size = size;
  }

  /** How many fell out. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#first] = item;
    this.#first = (this.#first + 1) % this.#size;
    this.#dropped++;
  }

  /** All that it has, oldest first, but the first `skipped`. */
  toArray(skipped = 0): T[] {
    const first = this.#first + skipped;
    const { length } = this.#items;
    if (first >= length) return this.#items.slice(first - length, this.#first);
    return [...this.#items.slice(first), ...this.#items.slice(0, this.#first)];
  }
}
