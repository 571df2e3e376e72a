import type { EngineMessage } from "../engine.ts";
import { messageOfRow } from "./message-row.ts";
import type { MessageTables } from "./message-tables.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** A delivery that was taken. */
export interface TakenDelivery {
  readonly seq: number;
  /** Which try it is. */
  readonly attempt: number;
  readonly message: EngineMessage;
}

/** Bytes that are taken ahead at most. */
const aheadBytes = 4_000_000;

/**
 * The leases that one source has of the deliveries of its group; called inside of `file.write`, but for `nextDue`. What is
 * said of a lease that somebody else has by then changes nothing, and gives false.
 */
export class DeliveryLeases {
  readonly #file: SqliteFile;
  readonly #tables: MessageTables;
  readonly #group: number;
  readonly #holder = crypto.randomUUID();

  constructor(file: SqliteFile, tables: MessageTables, group: number) {
    this.#file = file;
    this.#tables = tables;
    this.#group = group;
  }

  /** When the next one may be taken; undefined where there is none. */
  get nextDue(): number | undefined {
    const row = this.#file
      .sql("SELECT min(due) AS due FROM pawl_delivery WHERE group_no = ? AND due IS NOT NULL")
      .get(this.#group);
    return row?.due === null || row?.due === undefined ? undefined : Number(row.due);
  }

  /**
   * Up to `free` of those that were tried before, first, and of those that were not up to `ahead` more: whoever is taken
   * ahead of a message that kills its process pays a try with it, and that is to happen once at most.
   */
  take(free: number, ahead: number, now: number, until: number): readonly TakenDelivery[] {
    const again = this.#file
      .sql("SELECT seq FROM pawl_delivery WHERE group_no = ? AND due > 0 AND due <= ? ORDER BY due, seq LIMIT ?")
      .all(this.#group, now, free);
    const fresh = this.#file
      .sql("SELECT seq FROM pawl_delivery WHERE group_no = ? AND due = 0 ORDER BY seq LIMIT ?")
      .all(this.#group, free + ahead - again.length);
    const taken: TakenDelivery[] = [];
    let bytes = 0;
    for (const { seq } of [...again, ...fresh]) {
      if (taken.length >= free && bytes > aheadBytes) break;
      const delivery = this.#lease(Number(seq), until);
      bytes += delivery.message.data.length;
      taken.push(delivery);
    }
    return taken;
  }

  done({ seq, attempt, message }: TakenDelivery): boolean {
    if (!this.#delete(seq, attempt)) return false;
    this.#tables.drop(seq);
    this.#tables.next(this.#group, message.key ?? null);
    return true;
  }

  retry({ seq, attempt }: TakenDelivery, at: number): boolean {
    return this.#update("due = ?, holder = NULL", seq, attempt, at);
  }

  dead({ seq, attempt, message }: TakenDelivery, error: string, now: number): boolean {
    if (!this.#delete(seq, attempt)) return false;
    this.#tables.bury(this.#group, seq, message.key ?? null, attempt, error, now);
    return true;
  }

  /** It counts as no try. */
  release({ seq, attempt }: TakenDelivery): boolean {
    return this.#update("due = ?, holder = NULL, attempt = attempt - 1", seq, attempt, attempt > 1 ? 1 : 0);
  }

  extend({ seq, attempt }: TakenDelivery, until: number): boolean {
    return this.#update("due = ?", seq, attempt, until);
  }

  #lease(seq: number, until: number): TakenDelivery {
    this.#file
      .sql("UPDATE pawl_delivery SET attempt = attempt + 1, holder = ?, due = ? WHERE group_no = ? AND seq = ?")
      .run(this.#holder, until, this.#group, seq);
    const row = this.#file
      .sql(
        "SELECT m.*, d.attempt FROM pawl_delivery d JOIN pawl_message m USING (seq) WHERE d.group_no = ? AND d.seq = ?",
      )
      .get(this.#group, seq);
    if (!row) throw new Error(`pawl_delivery ${this.#group}, ${seq} has no message`);
    return { seq, attempt: Number(row.attempt), message: messageOfRow(row) };
  }

  #delete(seq: number, attempt: number): boolean {
    const { changes } = this.#file
      .sql("DELETE FROM pawl_delivery WHERE group_no = ? AND seq = ? AND attempt = ? AND holder = ?")
      .run(this.#group, seq, attempt, this.#holder);
    return Number(changes) === 1;
  }

  #update(change: string, seq: number, attempt: number, due: number): boolean {
    const { changes } = this.#file
      .sql(`UPDATE pawl_delivery SET ${change} WHERE group_no = ? AND seq = ? AND attempt = ? AND holder = ?`)
      .run(due, this.#group, seq, attempt, this.#holder);
    return Number(changes) === 1;
  }
}
