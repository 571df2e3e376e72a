import { PawlTypeError } from "@pawl/kernel";
import type { SqliteStatement, SqliteValue } from "../sqlite/sqlite-connection.ts";

/**
 * A transaction of the caller, by way of whatever it uses. `$1`, `$2` … stand for the parameters, in this order.
 *
 * @example
 * const transaction: SqlTransaction = {
 *   dialect: "postgres",
 *   execute: (sql, values) => connection.unsafe(sql, [...values]),
 * };
 */
export interface SqlTransaction {
  /** What its database understands. @default "sqlite" */
  readonly dialect?: SqlDialect;
  /** Gives the rows. */
  execute(sql: string, values: readonly SqliteValue[]): SqlRows | PromiseLike<SqlRows>;
}

export type SqlDialect = "sqlite" | "postgres";

export type SqlRows = readonly Readonly<Record<string, unknown>>[];

/** A `DatabaseSync` of `node:sqlite`, between BEGIN and COMMIT. */
export interface SqliteTransaction {
  readonly isTransaction: boolean;
  prepare(sql: string): Pick<SqliteStatement, "all">;
}

/** A `Client` or `PoolClient` of `pg`, between BEGIN and COMMIT. */
export interface PostgresTransaction {
  query(text: string, values: unknown[]): PromiseLike<{ readonly rows: SqlRows }>;
  /** `I` outside of a transaction; older versions do not tell. */
  getTransactionStatus?(): string | null;
  /** That of a pool, which runs each statement on any connection. */
  readonly totalCount?: never;
}

/** What `{ transaction }` of `publish` takes, and `inbox`. */
export type DatabaseTransaction = SqlTransaction | SqliteTransaction | PostgresTransaction;

/** The transaction that was given. @throws TypeError `PAWL_BAD_OPTION` for a pool, or a connection that is in none */
export function transactionOf(given: DatabaseTransaction): Required<SqlTransaction> {
  const { execute, dialect = "sqlite", prepare, query } = (given ?? {}) as AnyTransaction;
  if (typeof execute === "function") {
    if (dialect !== "sqlite" && dialect !== "postgres") {
      throw badTransaction(`dialect must be "sqlite" or "postgres", not ${JSON.stringify(dialect)}`);
    }
    return { dialect, execute: (sql, values) => (given as SqlTransaction).execute(sql, values) };
  }
  if (typeof prepare === "function") return sqliteTransaction(given as SqliteTransaction);
  if (typeof query === "function") return postgresTransaction(given as PostgresTransaction);
  throw badTransaction("it must be a DatabaseSync of node:sqlite, a client of pg, or have execute(sql, values)");
}

type AnyTransaction = Partial<SqlTransaction & SqliteTransaction & PostgresTransaction>;

function sqliteTransaction(connection: SqliteTransaction): Required<SqlTransaction> {
  if (!connection.isTransaction) throw badTransaction("the connection is in no transaction; BEGIN comes before");
  return {
    dialect: "sqlite",
    // Node knows numbered parameters by number only from 22.19 on.
    execute: (sql, values) => connection.prepare(sql.replace(/\$\d+/g, "?")).all(...values),
  };
}

function postgresTransaction(client: PostgresTransaction): Required<SqlTransaction> {
  if (client.totalCount !== undefined) {
    throw badTransaction("it is a pool, which runs each statement on any connection; connect() gives a client");
  }
  if (client.getTransactionStatus?.() === "I") {
    throw badTransaction("the client is in no transaction; BEGIN comes before");
  }
  return {
    dialect: "postgres",
    execute: async (sql, values) => (await client.query(sql, [...values])).rows,
  };
}

function badTransaction(why: string): PawlTypeError {
  return new PawlTypeError("PAWL_BAD_OPTION", `{ transaction }: ${why}`);
}
