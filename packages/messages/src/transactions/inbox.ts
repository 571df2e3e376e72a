import { type Duration, milliseconds, systemClock } from "@pawl/kernel";
import { makeTable, type SqlTable } from "./sql-table.ts";
import { type DatabaseTransaction, transactionOf } from "./sql-transaction.ts";

const sql =
  "CREATE TABLE IF NOT EXISTS pawl_inbox (consumer TEXT NOT NULL, message TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (consumer, message))";
const table: SqlTable = { name: "pawl_inbox", sqlite: sql, postgres: sql };

/** A message as its handler got it, or an id where one group alone uses the database. */
export type InboxMessage = string | { readonly id: string; readonly group: string };

/** The messages that were handled already, kept in the database that their effects are in. */
export interface Inbox {
  /**
   * Calls `fn` in the transaction of the caller unless that was done for this message before; gives whether it was called.
   * What it writes in this transaction happens exactly once, however often the message comes. Roll back where it rejects.
   * Of two at once, the later waits for the transaction of the first.
   *
   * @throws TypeError `PAWL_BAD_OPTION`; what `fn` and the database throw; all as a rejection
   * @example
   * db.exec("BEGIN IMMEDIATE");
   * await inbox.once(db, message, () => db.prepare("UPDATE stock SET n = n - 1").run());
   * db.exec("COMMIT");
   */
  once(transaction: DatabaseTransaction, message: InboxMessage, fn: () => unknown): Promise<boolean>;
  /**
   * Drops what was handled longer ago, in the transaction of the caller; what comes again after that is handled again.
   *
   * @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`; what the database throws; all as a rejection
   */
  forget(transaction: DatabaseTransaction, longerAgo: Duration): Promise<void>;
}

export const inbox: Inbox = {
  async once(given, message, fn) {
    const transaction = transactionOf(given);
    const { id, group } = typeof message === "string" ? { id: message, group: "" } : message;
    await makeTable(transaction, table);
    const added = await transaction.execute(
      "INSERT INTO pawl_inbox (consumer, message, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING message",
      [group, id, systemClock.wallTime()],
    );
    if (added.length === 0) return false;
    await fn();
    return true;
  },
  async forget(given, longerAgo) {
    const transaction = transactionOf(given);
    const before = systemClock.wallTime() - milliseconds(longerAgo, "inbox.forget(…, longerAgo)");
    await makeTable(transaction, table);
    await transaction.execute("DELETE FROM pawl_inbox WHERE at < $1", [before]);
  },
};
