/** Something that is in at most one heap at a time. */
export interface HeapItem {
  /** Where it is in its heap; -1 where it is in none. */
  place: number;
}

/** Items of which the first one is at hand; each comes and goes in logarithmic time. */
export class Heap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #isBefore: (a: Item, b: Item) => boolean;

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes an item out that is in this heap. */
  delete(item: Item): void {
    const { place } = item;
    const last = this.#items.pop() as Item;
    item.place = -1;
    if (last === item) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #rise(item: Item, from: number): void {
    let place = from;
    while (place > 0) {
      const above = this.#items[(place - 1) >> 1] as Item;
      if (!this.#isBefore(item, above)) break;
      const next = (place - 1) >> 1;
      this.#put(above, place);
      place = next;
    }
    this.#put(item, place);
  }

  #sink(item: Item, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#items[2 * place + 1];
      const right = this.#items[2 * place + 2];
      const below = left && right && this.#isBefore(right, left) ? right : left;
      if (!below || !this.#isBefore(below, item)) break;
      const next = below.place;
      this.#put(below, place);
      place = next;
    }
    this.#put(item, place);
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }
}
