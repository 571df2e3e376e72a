import type { Clock } from "@pawl/kernel";
import type { NewJob } from "../store.ts";
import { type Database, type PgBoss, schema } from "./postgres-boss.ts";
import { dataOf, queueOf, uuidOf } from "./postgres-rows.ts";

interface Insert {
  readonly job: NewJob;
  readonly ok: (isNew: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Jobs on their way into pg-boss: those of one turn of the event loop go together. */
export class PostgresInserts {
  readonly #boss: PgBoss;
  readonly #clock: Clock;
  #waiting: Insert[] = [];

  constructor(boss: PgBoss, clock: Clock) {
    this.#boss = boss;
    this.#clock = clock;
  }

  /** Resolves with whether it is new, when it is in the database. */
  add(job: NewJob): Promise<boolean> {
    return new Promise((ok, fail) => {
      if (this.#waiting.push({ job, ok, fail }) === 1) this.#clock.defer(() => void this.#flush());
    });
  }

  /** In a transaction of the caller's. */
  async addIn(db: Database, job: NewJob): Promise<boolean> {
    return (await insertAll(this.#boss, queueOf(job), [job], db)).has(uuidOf(job.id));
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const queues = Map.groupBy(waiting, ({ job }) => queueOf(job));
    await Promise.all([...queues].map(([queue, inserts]) => this.#insert(queue, inserts)));
  }

  async #insert(queue: string, inserts: readonly Insert[]): Promise<void> {
    try {
      const isNew = await insertAll(
        this.#boss,
        queue,
        inserts.map(({ job }) => job),
      );
      for (const { job, ok } of inserts) ok(isNew.delete(uuidOf(job.id)));
    } catch (error) {
      for (const { fail } of inserts) fail(error);
    }
  }
}

/** Inserts jobs that are known nowhere yet; gives the ids of those. */
async function insertAll(boss: PgBoss, queue: string, jobs: readonly NewJob[], db?: Database): Promise<Set<string>> {
  const uuids = jobs.map(({ id }) => uuidOf(id));
  // Those of the same queue it would notice by itself, but a dead one is in another.
  const found = await (db ?? boss.getDb()).executeSql(`SELECT id::text FROM ${schema}.job WHERE id = ANY($1::uuid[])`, [
    uuids,
  ]);
  const known = new Set(found.rows.map(({ id }: { id: string }) => id));
  const unknown = jobs.filter(({ id }) => {
    const uuid = uuidOf(id);
    if (known.has(uuid)) return false;
    known.add(uuid);
    return true;
  });
  if (unknown.length === 0) return new Set();
  const inserts = unknown.map((job) => ({
    id: uuidOf(job.id),
    data: dataOf(job),
    priority: job.priority,
    ...(job.dueAt > job.enqueuedAt ? { startAfter: new Date(job.dueAt) } : {}),
    ...(job.key === undefined ? {} : { singletonKey: job.key }),
  }));
  const inserted = await boss.insert(queue, inserts, { returnId: true, ...(db ? { db } : {}) });
  return new Set(inserted ?? []);
}
