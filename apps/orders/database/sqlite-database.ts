import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqlTransaction } from "@pawl/messages";
import { sqlitePath } from "@pawl/messages/extend";
import { Database, type Row, type Value } from "./database.ts";

/** In a SQLite file, which the processes of one machine share. */
export class SqliteDatabase extends Database {
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #connection!: DatabaseSync;
  #last: Promise<unknown> = Promise.resolve();

  /** @param url `sqlite:./data/orders.db` */
  constructor(url: string) {
    super();
    this.#file = sqlitePath(url);
  }

  protected override async open(): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true });
    this.#connection = this.own(new DatabaseSync(this.#file, { timeout: 5_000 }));
    this.addCleanup(() => this.#statements.clear());
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  }

  // Who begins a transaction to write has the file for itself.
  protected override async lockTables(): Promise<void> {}

  override async query(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#statement(sql).all(...values);
  }

  /** Calls `fn` after those that were given before. */
  override transaction<T>(fn: (transaction: SqlTransaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#transact(fn));
    // Whoever has given it is told how it ended; the next one only waits for it.
    this.#last = result.catch(() => {});
    return result;
  }

  async #transact<T>(fn: (transaction: SqlTransaction) => Promise<T>): Promise<T> {
    const connection = this.#connection;
    connection.exec("BEGIN IMMEDIATE");
    try {
      const result = await fn({ execute: (sql, values) => this.#statement(sql).all(...values) });
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      // A disk that is full has ended it already.
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  }

  /** A statement, prepared once. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql.replace(/\$\d+/g, "?"));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
