import type { EngineMessage } from "../engine.ts";
import { messageOfRow, rowOfMessage } from "../sqlite/message-row.ts";
import type { SqliteFile } from "../sqlite/sqlite-file.ts";
import type { SqliteSchema } from "../sqlite/sqlite-schema.ts";
import type { SqlTransaction } from "./sql-transaction.ts";

const table = `CREATE TABLE IF NOT EXISTS pawl_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, event TEXT NOT NULL, time INTEGER NOT NULL,
  source TEXT NOT NULL, key TEXT, content_type TEXT NOT NULL, headers TEXT NOT NULL, data BLOB NOT NULL)`;

// Who publishes may have made it before.
export const outboxSchema: SqliteSchema = { name: "outbox", versions: [table] };

/** A message that waits to be published. */
export interface OutboxRow {
  readonly seq: number;
  readonly message: EngineMessage;
}

/** Puts a message into the outbox, in the transaction of the caller; into one of SQLite before it returns. */
export async function addToOutbox(transaction: SqlTransaction, message: EngineMessage): Promise<void> {
  const made = transaction.execute(table, []);
  // A connection of SQLite has done it by now; what comes before COMMIT without an await is in the transaction too.
  if (isPromiseLike(made)) await made;
  await transaction.execute(
    `INSERT INTO pawl_outbox (id, event, time, source, key, content_type, headers, data)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    rowOfMessage(message),
  );
}

/** The oldest ones. */
export function outboxRows(file: SqliteFile, most: number): readonly OutboxRow[] {
  return file
    .sql("SELECT * FROM pawl_outbox ORDER BY seq LIMIT ?")
    .all(most)
    .map((row) => ({ seq: Number(row.seq), message: messageOfRow(row) }));
}

/** They are published. */
export function removeFromOutbox(file: SqliteFile, rows: readonly OutboxRow[]): Promise<void> {
  return file.write(() => {
    for (const { seq } of rows) file.sql("DELETE FROM pawl_outbox WHERE seq = ?").run(seq);
  });
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined)?.then === "function";
}
