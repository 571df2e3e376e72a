/** A set that is made when something is first put in: most services have no children, listeners or holders. */
export class LazySet<T> {
  #items: Set<T> | undefined;

  get size(): number {
    return this.#items === undefined ? 0 : this.#items.size;
  }

  has(item: T): boolean {
    return this.#items !== undefined && this.#items.has(item);
  }

  add(item: T): void {
    this.#items ??= new Set();
    this.#items.add(item);
  }

  delete(item: T): boolean {
    return this.#items !== undefined && this.#items.delete(item);
  }

  clear(): void {
    this.#items?.clear();
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.#items ?? none)[Symbol.iterator]();
  }
}

const none: readonly never[] = [];
