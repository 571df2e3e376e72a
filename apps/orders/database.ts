import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { inbox } from "@pawl/messages";
import { Service } from "pawl";

const tables = `
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL,
    totalCents INTEGER NOT NULL, placedAt TEXT NOT NULL, state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS orders_placedAt ON orders (placedAt);
  CREATE TABLE IF NOT EXISTS packed (product TEXT PRIMARY KEY, pieces INTEGER NOT NULL) STRICT;
`;

/** The tables of this app, in a SQLite file that the processes of one machine share. */
export class Database extends Service {
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #connection!: DatabaseSync;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override async onStart(): Promise<void> {
    mkdirSync(dirname(this.#file), { recursive: true });
    this.#connection = this.own(new DatabaseSync(this.#file, { timeout: 5_000 }));
    this.addCleanup(() => this.#statements.clear());
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    await this.transaction((it) => it.exec(tables));
    // Longer than the engines keep a message: none comes again that is forgotten here.
    const forget = () => this.transaction((it) => inbox.forget(it, "8d"));
    this.interval(forget, "1h", { immediate: true });
  }

  /** A statement, prepared once. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#connection.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /**
   * Calls `fn` in a transaction, after those that were given before. Other processes wait meanwhile: it awaits nothing but
   * what goes to this database.
   */
  transaction<T>(fn: (connection: DatabaseSync) => T | Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#transact(fn));
    // Whoever has given it is told how it ended; the next one only waits for it.
    this.#last = result.catch(() => {});
    return result;
  }

  async #transact<T>(fn: (connection: DatabaseSync) => T | Promise<T>): Promise<T> {
    const connection = this.#connection;
    connection.exec("BEGIN IMMEDIATE");
    try {
      const result = await fn(connection);
      connection.exec("COMMIT");
      return result;
    } catch (error) {
      // A disk that is full has ended it already.
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  }
}
