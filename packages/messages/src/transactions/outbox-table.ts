import type { EngineMessage } from "../engine.ts";
import { rowOfMessage } from "../sqlite/message-row.ts";
import { makeTable, type SqlTable } from "./sql-table.ts";
import type { SqlTransaction } from "./sql-transaction.ts";

/** Messages that wait to be published, and in Postgres what an outbox listens to. */
export const outboxTable: SqlTable = {
  name: "pawl_outbox",
  sqlite: `CREATE TABLE IF NOT EXISTS pawl_outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, event TEXT NOT NULL, time INTEGER NOT NULL,
    source TEXT NOT NULL, key TEXT, content_type TEXT NOT NULL, headers TEXT NOT NULL, data BLOB NOT NULL)`,
  postgres: `CREATE TABLE IF NOT EXISTS pawl_outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL, event TEXT NOT NULL, time BIGINT NOT NULL,
    source TEXT NOT NULL, key TEXT, content_type TEXT NOT NULL, headers TEXT NOT NULL, data BYTEA NOT NULL)`,
};

const insert = `INSERT INTO pawl_outbox (id, event, time, source, key, content_type, headers, data)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
// Delivered to who listens when the transaction commits, once however often it is said in one.
const insertAndNotify = `WITH added AS (${insert}) SELECT pg_notify('pawl_outbox', '')`;

/** Puts a message into the outbox, in the transaction of the caller; into one of SQLite before it returns. */
export async function addToOutbox(transaction: Required<SqlTransaction>, message: EngineMessage): Promise<void> {
  const made = makeTable(transaction, outboxTable);
  // A connection of SQLite has done it by now; what comes before COMMIT without an await is in the transaction too.
  if (isPromiseLike(made)) await made;
  await transaction.execute(transaction.dialect === "sqlite" ? insert : insertAndNotify, rowOfMessage(message));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined)?.then === "function";
}
