import type { LeaseSource } from "@pawl/messages/extend";
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
import {
  createQueues,
  type Database,
  inTransaction,
  openBoss,
  type PgBoss,
  queuesOf,
  schema,
} from "./postgres-boss.ts";
import { PostgresInserts } from "./postgres-inserts.ts";
import { nameOf, queueOf, type Row, selection, storedJobOf, uuidOf } from "./postgres-rows.ts";
import { PostgresSource } from "./postgres-source.ts";

/** Keeps jobs in Postgres, in queues of pg-boss. */
export class PostgresStore implements JobStore {
  readonly name = "postgres";
  readonly #url: string;
  #context!: JobStoreContext;
  #opened: { readonly boss: PgBoss; readonly inserts: PostgresInserts } | undefined;
  readonly #queues = new Map<string, Promise<void>>();
  readonly #sources = new Map<string, PostgresSource>();

  constructor(url: string) {
    this.#url = url;
  }

  async open(context: JobStoreContext): Promise<void> {
    this.#context = context;
    const boss = await openBoss(this.#url, context);
    this.#opened = { boss, inserts: new PostgresInserts(boss, context.clock) };
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#queues.clear();
    await opened?.boss.stop({ graceful: false, close: true });
  }

  async add(job: NewJob, transaction?: unknown): Promise<boolean> {
    const { inserts } = this.#parts;
    const db = transaction === undefined ? undefined : callersDatabase(transaction);
    await this.#queuesFor(job.name);
    const isNew = await (db ? inserts.addIn(db, job) : inserts.add(job));
    if (isNew && job.dueAt <= job.enqueuedAt) this.#sources.get(job.name)?.wake();
    return isNew;
  }

  async source(worker: WorkerSpec): Promise<LeaseSource<LeasedJob>> {
    const { boss } = this.#parts;
    await this.#queuesFor(worker.name);
    const source = new PostgresSource(boss, this.#context.clock, worker);
    this.#sources.set(worker.name, source);
    return source;
  }

  async get(id: string): Promise<StoredJob | undefined> {
    const [row] = await this.#select({ ids: [id] });
    return row && storedJobOf(row);
  }

  async list(query: JobQuery): Promise<readonly StoredJob[]> {
    return (await this.#select(query, 100)).map(storedJobOf);
  }

  async cancel(id: string): Promise<"dropped" | "asked" | undefined> {
    const job = await this.get(id);
    if (job?.state !== "waiting" && job?.state !== "running") return undefined;
    await this.#parts.boss.cancel(queueOf(job), uuidOf(id));
    return job.state === "running" ? "asked" : "dropped";
  }

  async retry(query: JobQuery): Promise<number> {
    const { boss, inserts } = this.#parts;
    const rows = await this.#select({ ...query, state: "dead" });
    let retried = 0;
    for (const row of rows) {
      const job = storedJobOf(row);
      await inTransaction(boss, async (db) => {
        const deleted = await this.#delete([row], db);
        if (deleted === 0) return;
        await inserts.addIn(db, { ...job, dueAt: job.enqueuedAt });
        retried++;
      });
      this.#sources.get(job.name)?.wake();
    }
    return retried;
  }

  async discard(query: JobQuery): Promise<number> {
    const rows = await this.#select(query);
    return this.#delete(rows.filter((row) => storedJobOf(row).endedAt !== undefined));
  }

  async queues(): Promise<readonly JobFigures[]> {
    const { rows } = await this.#parts.boss.getDb().executeSql(
      `SELECT split_part(name, '/', 1) AS name,
         count(*) FILTER (WHERE state < 'active' AND name NOT LIKE '%/dead')::int AS waiting,
         count(*) FILTER (WHERE state = 'active')::int AS running,
         count(*) FILTER (WHERE name LIKE '%/dead' OR state = 'failed')::int AS dead,
         count(*) FILTER (WHERE state = 'completed')::int AS done
       FROM ${schema}.job GROUP BY 1 ORDER BY 1`,
    );
    return rows as JobFigures[];
  }

  get #parts() {
    if (!this.#opened) throw new Error("the connection to Postgres is closed");
    return this.#opened;
  }

  /** Makes the queues of a name once; again where that has failed. */
  #queuesFor(name: string): Promise<void> {
    const known = this.#queues.get(name);
    if (known) return known;
    const made = createQueues(this.#parts.boss, name, this.#context.keepMs);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  async #select(query: JobQuery, most?: number): Promise<readonly Row[]> {
    const { text, values } = selection(query, most);
    return (await this.#parts.boss.getDb().executeSql(text, values)).rows as Row[];
  }

  async #delete(rows: readonly Row[], db: Database = this.#parts.boss.getDb()): Promise<number> {
    const queues = [...new Set(rows.flatMap(({ queue }) => Object.values(queuesOf(nameOf(queue)))))];
    const deleted = await db.executeSql(
      `DELETE FROM ${schema}.job WHERE name = ANY($1::text[]) AND id = ANY($2::uuid[])
       AND (state > 'active' OR name LIKE '%/dead') RETURNING id`,
      [queues, rows.map(({ uuid }) => uuid)],
    );
    return deleted.rows.length;
  }
}

/** What pg-boss sends a job through in the transaction of a caller. @throws JobTransactionError */
function callersDatabase(transaction: unknown): Database {
  const client = transaction as {
    query?(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    totalCount?: unknown;
  };
  if (typeof client.query !== "function") throw new JobTransactionError("it must be a client of pg");
  if (client.totalCount !== undefined) {
    throw new JobTransactionError(
      "it is a pool, which runs each statement on any connection; connect() gives a client",
    );
  }
  return {
    async executeSql(text, values) {
      return (await client.query?.(text, values)) ?? { rows: [] };
    },
  };
}
