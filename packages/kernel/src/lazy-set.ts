/** A set that is only made for a second item: most services have one call in flight and no children or holders. */
export class LazySet<T extends object> {
  #only: T | undefined;
  #all: Set<T> | undefined;

  get size(): number {
    if (this.#all) return this.#all.size;
    return this.#only === undefined ? 0 : 1;
  }

  has(item: T): boolean {
    return this.#all ? this.#all.has(item) : this.#only === item;
  }

  add(item: T): void {
    if (this.#all) this.#all.add(item);
    else if (this.#only === undefined) this.#only = item;
    else {
      this.#all = new Set([this.#only, item]);
      this.#only = undefined;
    }
  }

  delete(item: T): boolean {
    if (this.#all) return this.#all.delete(item);
    if (this.#only !== item) return false;
    this.#only = undefined;
    return true;
  }

  clear(): void {
    this.#only = undefined;
    this.#all = undefined;
  }

  /** In the order in which they were put in. */
  [Symbol.iterator](): Iterator<T> {
    return (this.#all ?? (this.#only === undefined ? [] : [this.#only]))[Symbol.iterator]();
  }
}
