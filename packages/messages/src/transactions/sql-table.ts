import type { SqlRows, SqlTransaction } from "./sql-transaction.ts";

/** A table that callers write to in their transactions: what makes it where it is missing, in each dialect. */
export interface SqlTable {
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
}

/** The first of the two numbers of all advisory locks that are taken here: "pawl" in ASCII. */
export const lockSpace = 0x7061_776c;
/** The second, of who makes tables. */
const making = 1;

/** Makes a table where it is missing; of SQLite before it returns, where the transaction does it at once. */
export function makeTable(
  { dialect, execute }: Required<SqlTransaction>,
  table: SqlTable,
): SqlRows | PromiseLike<unknown> {
  return dialect === "sqlite" ? execute(table.sqlite, []) : makeInPostgres(execute, table);
}

async function makeInPostgres(execute: SqlTransaction["execute"], { name, postgres }: SqlTable): Promise<void> {
  const [found] = await execute("SELECT to_regclass($1) IS NOT NULL AS is_there", [name]);
  if (found?.is_there === true) return;
  // Of two that say IF NOT EXISTS at once, one fails: they take turns, until the end of their transactions.
  await execute(`SELECT pg_advisory_xact_lock(${lockSpace}, ${making})`, []);
  await execute(postgres, []);
}
