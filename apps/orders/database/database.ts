import { inbox, type SqlTransaction } from "@pawl/messages";
import { Service } from "pawl";

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number;

const tables = [
  `CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL,
    "totalCents" INTEGER NOT NULL, "placedAt" TEXT NOT NULL, state TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS "orders_placedAt" ON orders ("placedAt")`,
  "CREATE TABLE IF NOT EXISTS packed (product TEXT PRIMARY KEY, pieces INTEGER NOT NULL)",
];

/**
 * The tables of this app, in SQLite or in Postgres: nothing else knows in which of them. What is said to it both understand,
 * with `$1`, `$2` … for the values, in this order.
 */
export abstract class Database extends Service {
  override async onStart(): Promise<void> {
    await this.open();
    await this.transaction(async (transaction) => {
      await this.lockTables(transaction);
      for (const table of tables) await transaction.execute(table, []);
    });
    // Longer than the engines keep a message: none comes again that is forgotten here.
    const forget = () => this.transaction((transaction) => inbox.forget(transaction, "8d"));
    this.interval(forget, "1h", { immediate: true });
  }

  /** Gives the rows. */
  abstract query(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;

  /**
   * Calls `fn` in a transaction, which is rolled back where it rejects. Others may wait meanwhile: it awaits nothing but what
   * goes to this database.
   */
  abstract transaction<T>(fn: (transaction: SqlTransaction) => Promise<T>): Promise<T>;

  protected abstract open(): Promise<void>;
  /** Has others wait who make the tables just now. */
  protected abstract lockTables(transaction: SqlTransaction): Promise<void>;
}
