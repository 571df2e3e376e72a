import { DatabaseSync } from "node:sqlite";
import pg from "pg";

type Row = Readonly<Record<string, unknown>>;

/** Reads what the processes have written, while they write. */
export class DatabaseReader implements AsyncDisposable {
  readonly rows: (sql: string) => Promise<readonly Row[]>;
  readonly #close: () => Promise<void>;

  private constructor(rows: (sql: string) => Promise<readonly Row[]>, close: () => Promise<void>) {
    this.rows = rows;
    this.#close = close;
  }

  static async open(url: string): Promise<DatabaseReader> {
    if (!url.startsWith("sqlite:")) {
      const client = new pg.Client(url);
      await client.connect();
      return new DatabaseReader(
        async (sql) => (await client.query<Row>(sql)).rows,
        () => client.end(),
      );
    }
    const connection = new DatabaseSync(url.slice("sqlite:".length), { readOnly: true, timeout: 5_000 });
    return new DatabaseReader(
      async (sql) => connection.prepare(sql).all(),
      async () => connection.close(),
    );
  }

  /** How many there are of what stands behind FROM. */
  async count(from: string): Promise<number> {
    const [row] = await this.rows(`SELECT count(*) AS n FROM ${from}`);
    return Number(row?.n);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
