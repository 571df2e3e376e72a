import type { SqlTransaction } from "@pawl/messages";
import pg from "pg";
import { Database, type Row, type Value } from "./database.ts";

/** In Postgres, which processes of several machines share. */
export class PostgresDatabase extends Database {
  readonly #url: string;
  #pool!: pg.Pool;

  /** @param url `postgres://user:password@host:5432/orders` */
  constructor(url: string) {
    super();
    this.#url = url;
  }

  protected override async open(): Promise<void> {
    const pool = new pg.Pool({
      connectionString: this.#url,
      application_name: this.app.name,
      connectionTimeoutMillis: 5_000,
    });
    this.#pool = this.own(pool, () => pool.end());
    // Of those that nobody uses just now; another one is made when it is needed.
    pool.on("error", (error) => this.log.warn(`a connection was lost: ${error.message}`));
  }

  protected override async lockTables(transaction: SqlTransaction): Promise<void> {
    // Of two that say IF NOT EXISTS at once, one fails.
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('orders'))", []);
  }

  override async query(sql: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return (await this.#pool.query<Row>(sql, [...values])).rows;
  }

  override async transaction<T>(fn: (transaction: SqlTransaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    // One that is lost now fails what is asked of it next.
    const ignore = () => {};
    client.on("error", ignore);
    try {
      await client.query("BEGIN");
      const execute: SqlTransaction["execute"] = async (sql, values) => (await client.query(sql, [...values])).rows;
      const result = await fn({ dialect: "postgres", execute });
      await client.query("COMMIT");
      client.off("error", ignore);
      client.release();
      return result;
    } catch (error) {
      // Closed, which rolls back, whatever state it is in.
      client.release(true);
      throw error;
    }
  }
}
