import { messageOf } from "@pawl/kernel/extend";
import { type LeaseSource, SqliteFile, type SqliteValue, sqlitePath } from "@pawl/messages/extend";
import { JobTransactionError } from "../errors/job-errors.ts";
import type {
  JobFigures,
  JobQuery,
  JobStore,
  JobStoreContext,
  LeasedJob,
  NewJob,
  StoredJob,
  WorkerSpec,
} from "../store.ts";
import { offerNext } from "./sqlite-end.ts";
import { insertJob, selection, storedJobOf, valuesOf } from "./sqlite-rows.ts";
import { SqliteSource } from "./sqlite-source.ts";
import { jobTables } from "./sqlite-tables.ts";

/** How often it is looked for jobs that were kept for long enough, in milliseconds, and how many go at once. */
const forgetEvery = 60_000;
const mostForgotten = 1_000;

/** What is used of the `DatabaseSync` of a caller. */
interface CallersConnection {
  readonly isTransaction: boolean;
  prepare(sql: string): {
    run(...values: readonly SqliteValue[]): { readonly changes: number | bigint };
    get(): Readonly<Record<string, unknown>> | undefined;
  };
}

const fileOf = "SELECT file FROM pragma_database_list WHERE name = 'main'";

/** Keeps jobs in a SQLite database, which several processes may work on. */
export class SqliteStore implements JobStore {
  readonly name = "sqlite";
  readonly #path: string;
  #context!: JobStoreContext;
  #opened: SqliteFile | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @param url `sqlite:./data/app.db` @throws TypeError `PAWL_SQLITE_BAD_URL` */
  constructor(url: string) {
    this.#path = sqlitePath(url);
  }

  async open(context: JobStoreContext): Promise<void> {
    this.#context = context;
    this.#opened = await SqliteFile.open({ path: this.#path, clock: context.clock, schema: jobTables });
    this.#forgetLater();
  }

  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const file = this.#opened;
    this.#opened = undefined;
    await file?.close();
  }

  async add(job: NewJob, transaction?: unknown): Promise<boolean> {
    const values = valuesOf(job);
    if (transaction !== undefined) {
      return (
        Number(
          this.#callers(transaction)
            .prepare(insertJob)
            .run(...values).changes,
        ) > 0
      );
    }
    const file = this.#file;
    return file.write(() => Number(file.sql(insertJob).run(...values).changes) > 0);
  }

  async source(worker: WorkerSpec): Promise<LeaseSource<LeasedJob>> {
    return new SqliteSource(this.#file, this.#context.clock, worker);
  }

  async get(id: string): Promise<StoredJob | undefined> {
    const row = this.#file.sql("SELECT * FROM pawl_job WHERE id = ?").get(id);
    return row && storedJobOf(row);
  }

  async list(query: JobQuery): Promise<readonly StoredJob[]> {
    const { where, values } = selection(query, 100);
    return this.#file
      .sql(`SELECT * FROM pawl_job ${where}`)
      .all(...values)
      .map(storedJobOf);
  }

  async cancel(id: string): Promise<"dropped" | "asked" | undefined> {
    const file = this.#file;
    return file.write(() => {
      const asked = file.sql("UPDATE pawl_job SET unwanted = 1 WHERE id = ? AND state = 'running'").run(id);
      if (Number(asked.changes) > 0) return "asked";
      const dropped = file
        .sql(
          `UPDATE pawl_job SET state = 'cancelled', turn = 0, ended_at = ? WHERE id = ? AND state = 'waiting'
           RETURNING name, key`,
        )
        .get(this.#now, id);
      if (!dropped) return undefined;
      if (dropped.key !== null) offerNext(file, String(dropped.name), String(dropped.key), this.#now);
      return "dropped";
    });
  }

  async retry(query: JobQuery): Promise<number> {
    const file = this.#file;
    const { where, values } = selection({ ...query, state: "dead" });
    return file.write(() => {
      const rows = file.sql(`SELECT seq, name, key FROM pawl_job ${where}`).all(...values);
      const now = this.#now;
      const again = file.sql(
        `UPDATE pawl_job SET state = 'waiting', turn = ?, until = ?, due_at = ?, attempts = 0, ended_at = NULL,
         progress = NULL, unwanted = 0 WHERE seq = ?`,
      );
      for (const { seq = null, name, key = null } of rows) {
        again.run(key === null ? 1 : 0, now, now, seq);
        if (key !== null) offerNext(file, String(name), String(key), now);
      }
      return rows.length;
    });
  }

  async discard(query: JobQuery): Promise<number> {
    const file = this.#file;
    const { where, values } = selection(query);
    const found = `SELECT seq FROM (SELECT seq, ended_at FROM pawl_job ${where}) WHERE ended_at IS NOT NULL`;
    return file.write(() => Number(file.sql(`DELETE FROM pawl_job WHERE seq IN (${found})`).run(...values).changes));
  }

  async queues(): Promise<readonly JobFigures[]> {
    const rows = this.#file
      .sql("SELECT name, state, count(*) AS count FROM pawl_job GROUP BY name, state ORDER BY name")
      .all();
    const queues = new Map<string, Record<string, number>>();
    for (const { name, state, count } of rows) {
      const queue = queues.get(String(name)) ?? {};
      queue[String(state)] = Number(count);
      queues.set(String(name), queue);
    }
    return [...queues].map(([name, { waiting = 0, running = 0, dead = 0, done = 0 }]) => ({
      name,
      waiting,
      running,
      dead,
      done,
    }));
  }

  get #file(): SqliteFile {
    if (!this.#opened) throw new Error(`${this.#path} is not open`);
    return this.#opened;
  }

  get #now(): number {
    return Math.floor(this.#context.clock.wallTime());
  }

  /** @throws JobTransactionError where it is no connection to the same file, inside of a transaction */
  #callers(transaction: unknown): CallersConnection {
    const connection = transaction as Partial<CallersConnection>;
    if (typeof connection.prepare !== "function")
      throw new JobTransactionError("it must be a DatabaseSync of node:sqlite");
    if (!connection.isTransaction) throw new JobTransactionError("it has no transaction open; BEGIN comes before");
    const file = connection.prepare(fileOf).get()?.file;
    if (file !== this.#file.sql(fileOf).get()?.file) {
      throw new JobTransactionError(`it is open on ${String(file)}, and the jobs are kept in ${this.#path}`);
    }
    return connection as CallersConnection;
  }

  #forgetLater(ms = Math.min(forgetEvery, this.#context.keepMs)): void {
    const { clock } = this.#context;
    this.#cancelTimer = clock.setTimer(
      () => void this.#forget(),
      ms,
      `${this.#path}: jobs that were kept for long enough`,
    );
  }

  /** Drops those that were kept for long enough. Never rejects. */
  async #forget(): Promise<void> {
    const file = this.#file;
    const since = this.#now - this.#context.keepMs;
    const old = `SELECT seq FROM pawl_job WHERE state IN ('done', 'cancelled') AND ended_at <= ? LIMIT ${mostForgotten}`;
    let forgotten = 0;
    try {
      forgotten = await file.write(() => {
        return Number(file.sql(`DELETE FROM pawl_job WHERE seq IN (${old})`).run(since).changes);
      });
    } catch (error) {
      this.#context.report(new Error(`jobs could not be forgotten: ${messageOf(error)}`, { cause: error }));
    }
    // Closed meanwhile, it is over.
    if (this.#cancelTimer) this.#forgetLater(forgotten === mostForgotten ? 50 : undefined);
  }
}
