import { PawlTypeError } from "@pawl/kernel";
import type { SqliteStatement, SqliteValue } from "../sqlite/sqlite-connection.ts";

/**
 * A transaction of the caller, whatever the database: SQLite and Postgres understand all that is said to it. `$1`, `$2` …
 * stand for the parameters, in this order.
 *
 * @example
 * const transaction: SqlTransaction = { execute: async (sql, values) => (await client.query(sql, [...values])).rows };
 */
export interface SqlTransaction {
  /** Gives the rows. */
  execute(sql: string, values: readonly SqliteValue[]): SqlRows | PromiseLike<SqlRows>;
}

type SqlRows = readonly Readonly<Record<string, unknown>>[];

/** A `DatabaseSync` of `node:sqlite`, between BEGIN and COMMIT. */
export interface SqliteTransaction {
  readonly isTransaction: boolean;
  prepare(sql: string): Pick<SqliteStatement, "all">;
}

/** The transaction that was given. @throws TypeError `PAWL_BAD_OPTION` for a connection that is in none */
export function transactionOf(given: SqlTransaction | SqliteTransaction): SqlTransaction {
  if (typeof (given as Partial<SqlTransaction> | null)?.execute === "function") return given as SqlTransaction;
  const connection = given as SqliteTransaction;
  if (typeof connection?.prepare !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "{ transaction }: it must be a DatabaseSync of node:sqlite, or have execute(sql, values)",
    );
  }
  if (!connection.isTransaction) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "{ transaction }: the connection is in no transaction; BEGIN comes before",
    );
  }
  // Node knows numbered parameters by number only from 22.19 on.
  return { execute: (sql, values) => connection.prepare(sql.replace(/\$\d+/g, "?")).all(...values) };
}
