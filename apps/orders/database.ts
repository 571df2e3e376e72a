import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Service } from "pawl";

const tables = `
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL,
    totalCents INTEGER NOT NULL, placedAt TEXT NOT NULL, state TEXT NOT NULL, announced INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS orders_placedAt ON orders (placedAt);
  CREATE INDEX IF NOT EXISTS orders_unannounced ON orders (placedAt) WHERE announced = 0;
  CREATE TABLE IF NOT EXISTS packed (product TEXT PRIMARY KEY, pieces INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS inbox (
    consumer TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (consumer, message)
  ) STRICT, WITHOUT ROWID;
`;

// Longer than the engines keep a message, so that none comes again that is forgotten here.
const keptMs = 8 * 86_400_000;

/** The tables of this app, in a SQLite file that the processes of one machine share. */
export class Database extends Service {
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #connection!: DatabaseSync;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override onStart(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    // Every transaction below is short, so that who waits for another process does not wait for long.
    this.#connection = this.own(new DatabaseSync(this.#file, { timeout: 5_000 }));
    this.addCleanup(() => this.#statements.clear());
    this.#connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.transaction(() => this.#connection.exec(tables));
    this.interval(this.#forget, "1h", { immediate: true });
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

  transaction<T>(fn: () => T): T {
    this.#connection.exec("BEGIN IMMEDIATE");
    try {
      const result = fn();
      this.#connection.exec("COMMIT");
      return result;
    } catch (error) {
      // A disk that is full has ended it already.
      if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
      throw error;
    }
  }

  /**
   * Calls `fn` unless that consumer has had that message before; gives whether it was called. The message is noted in the
   * transaction of what `fn` writes, so that there are both or neither: messages come at least once, this happens once.
   */
  once(consumer: string, message: string, fn: () => void): boolean {
    return this.transaction(() => {
      const noted = this.sql("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)").run(consumer, message, Date.now());
      if (noted.changes === 0) return false;
      fn();
      return true;
    });
  }

  #forget(): void {
    this.sql("DELETE FROM inbox WHERE at < ?").run(Date.now() - keptMs);
  }
}
