import type { ListenerRecord } from "./listener-record.ts";

/**
 * Listeners in the order in which they subscribed. A removed one is only marked and cleared away later, many at once:
 * a delivery under way keeps its place, and removing all of n takes time linear in n.
 */
export class ListenerList {
  records: ListenerRecord[] = [];
  /** Deliveries under way: the list may grow, but not shrink. */
  delivering = 0;
  #dead = 0;

  add(record: ListenerRecord): void {
    this.records.push(record);
  }

  /** Takes note that one of its records is no longer live. */
  removed(): void {
    this.#dead++;
    this.compact();
  }

  compact(): void {
    if (this.delivering > 0 || this.#dead * 2 <= this.records.length) return;
    this.records = this.records.filter((record) => record.live);
    this.#dead = 0;
  }
}

/** The listeners of one name: its own and those whose pattern matches, in one order. */
export class Channel extends ListenerList {
  /** How many live listeners subscribed to exactly this name. */
  exact = 0;
}
