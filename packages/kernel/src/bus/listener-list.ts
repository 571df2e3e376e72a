import type { ListenerRecord } from "./listener-record.ts";

/** Lists of up to this many listeners are cleared at every removal: that costs no more than so many steps. */
const short = 32;

/**
 * Listeners in the order in which they subscribed. A removed one is only marked, and cleared away by {@link compact}:
 * a delivery under way keeps its place, and removing all of n takes time linear in n.
 */
export class ListenerList {
  records: ListenerRecord[] = [];
  #dead = 0;

  add(record: ListenerRecord): void {
    this.records.push(record);
  }

  /** Takes note that one of its records is no longer live. */
  removed(delivering = false): void {
    this.#dead++;
    if (!delivering) this.compact();
  }

  /**
   * Clears away the removed ones: at once in a short list, so that nothing of them is held, in a long one where they are
   * the greater part. Not while it is being delivered.
   */
  compact(): void {
    if (this.#dead === 0 || (this.records.length > short && this.#dead * 2 <= this.records.length)) return;
    this.records = this.records.filter((record) => record.live);
    this.#dead = 0;
  }
}

/** The listeners of one name: its own and those whose pattern matches, in one order. */
export class Channel extends ListenerList {
  /** How many live listeners subscribed to exactly this name. */
  exact = 0;
}
