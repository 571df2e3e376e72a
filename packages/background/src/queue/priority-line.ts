/** Where something stands in a line. */
export interface Place<T> {
  readonly value: T;
  readonly level: Level<T>;
  previous: Place<T> | undefined;
  next: Place<T> | undefined;
}

/** Those of one priority, as a linked list: any of them can leave at once. */
interface Level<T> {
  readonly priority: number;
  first: Place<T> | undefined;
  last: Place<T> | undefined;
}

/** A line where a higher priority goes first, and within one who came first. */
export class PriorityLine<T> {
  #size = 0;
  readonly #levels = new Map<number, Level<T>>();
  /** Of the levels that have somebody, lowest first. */
  readonly #priorities: number[] = [];

  get size(): number {
    return this.#size;
  }

  /** The lowest priority in line. */
  get lowest(): number | undefined {
    return this.#priorities[0];
  }

  add(value: T, priority: number): Place<T> {
    const level = this.#levels.get(priority) ?? this.#addLevel(priority);
    const place: Place<T> = { value, level, previous: level.last, next: undefined };
    if (level.last) level.last.next = place;
    else level.first = place;
    level.last = place;
    this.#size++;
    return place;
  }

  /** Takes out who is next: the first of the highest priority. */
  shift(): T | undefined {
    return this.#takeFirst(this.#priorities.at(-1));
  }

  /** Takes out the first of the lowest priority. */
  shiftLowest(): T | undefined {
    return this.#takeFirst(this.#priorities[0]);
  }

  /** Takes out who stands at `place`, which must be taken. */
  remove({ level, previous, next }: Place<T>): void {
    if (previous) previous.next = next;
    else level.first = next;
    if (next) next.previous = previous;
    else level.last = previous;
    this.#size--;
    if (level.first) return;
    this.#levels.delete(level.priority);
    this.#priorities.splice(this.#indexOf(level.priority), 1);
  }

  #takeFirst(priority: number | undefined): T | undefined {
    const place = priority === undefined ? undefined : this.#levels.get(priority)?.first;
    if (!place) return undefined;
    this.remove(place);
    return place.value;
  }

  #addLevel(priority: number): Level<T> {
    const level: Level<T> = { priority, first: undefined, last: undefined };
    this.#levels.set(priority, level);
    this.#priorities.splice(this.#indexOf(priority), 0, priority);
    return level;
  }

  /** Where a priority stands or would stand. */
  #indexOf(priority: number): number {
    let low = 0;
    let high = this.#priorities.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#priorities[middle] as number) < priority) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
