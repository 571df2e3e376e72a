import { messageOfRow } from "../sqlite/message-row.ts";
import { SqliteFile } from "../sqlite/sqlite-file.ts";
import type { SqliteSchema } from "../sqlite/sqlite-schema.ts";
import type { LeftOut, OutboxContext, OutboxRow, OutboxStore } from "./outbox-store.ts";
import { outboxTable } from "./outbox-table.ts";

// Who publishes may have made it before.
const schema: SqliteSchema = { name: "outbox", versions: [outboxTable.sqlite] };

/** What waits to be published in a SQLite database. */
export class SqliteOutbox implements OutboxStore {
  readonly #file: SqliteFile;

  private constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** @throws SqliteUnusableError, SqliteBusyError, as a rejection */
  static async open(path: string, { clock, wake }: OutboxContext): Promise<SqliteOutbox> {
    const file = await SqliteFile.open({ path, clock, schema });
    file.watch(wake);
    return new SqliteOutbox(file);
  }

  // Those of several processes publish the same now and then, which the engine drops by its id.
  async claim(): Promise<boolean> {
    return true;
  }

  release(): void {}

  async rows(most: number, { seqs, keys }: LeftOut = { seqs: [], keys: [] }): Promise<readonly OutboxRow[]> {
    const rows = this.#file
      .sql(
        `SELECT * FROM pawl_outbox WHERE seq NOT IN (SELECT value FROM json_each(?))
         AND (key IS NULL OR key NOT IN (SELECT value FROM json_each(?))) ORDER BY seq LIMIT ?`,
      )
      .all(`[${seqs.join()}]`, JSON.stringify(keys), most);
    return rows.map((row) => ({ seq: String(row.seq), message: messageOfRow(row) }));
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    await this.#file.write(() => {
      for (const { seq } of rows) this.#file.sql("DELETE FROM pawl_outbox WHERE seq = ?").run(seq);
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
