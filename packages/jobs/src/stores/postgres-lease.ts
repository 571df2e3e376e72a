import type { Clock } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type { Job } from "pg-boss";
import type { LeasedJob, NewJob } from "../store.ts";
import { inTransaction, type PgBoss, queuesOf, schema } from "./postgres-boss.ts";
import { type JobData, type JobOutput, nameOf, newJobOf, outputOf } from "./postgres-rows.ts";

/** Where a job was taken from. */
export interface LeaseHome {
  readonly boss: PgBoss;
  readonly clock: Clock;
  /** Says that a job without an output is done, which shares a statement with others. */
  complete(queue: string, attempt: JobAttempt): Promise<void>;
  /** There may be something to take. */
  wake(): void;
}

/** A job as pg-boss gives it. */
export type TakenJob = Job<JobData>;

/** One try of one job, as pg-boss knows it. */
export type JobAttempt = Pick<TakenJob, "id" | "retryCount">;

/** A job that was taken from a queue of pg-boss, until it is settled. */
export class PostgresLease implements LeasedJob {
  readonly job: NewJob;
  readonly attempt: number;
  isCancelled = false;
  readonly #home: LeaseHome;
  readonly #queue: string;
  readonly #taken: TakenJob;
  /** What was told of it last, in this try or one before; undefined where nothing was. */
  #last: JobOutput | undefined;
  #telling: Promise<void> | undefined;

  constructor(home: LeaseHome, queue: string, taken: TakenJob) {
    const { id, data, retryCount } = taken;
    const { uncounted = 0, error, progress } = data;
    this.#home = home;
    this.#queue = queue;
    this.#taken = taken;
    this.job = newJobOf(nameOf(queue), id, data);
    this.attempt = retryCount + 1 - uncounted;
    if (error !== undefined || progress !== undefined) this.#last = outputOf(data);
  }

  get id(): string {
    return this.job.id;
  }

  done(): Promise<void> {
    // As most are: there is nothing of its own to wait for.
    if (!this.#last && this.job.key === undefined) return this.#home.complete(this.#queue, this.#taken);
    return this.#complete();
  }

  /** It was cancelled in the database when that was asked for. */
  cancelled(): void {}

  retry(ms: number, error: unknown): Promise<void> {
    this.#last = { ...this.#last, error: messageOf(error) };
    return this.#again(ms, {});
  }

  release(): Promise<void> {
    const { uncounted = 0 } = this.#taken.data;
    return this.#again(0, { uncounted: uncounted + 1 });
  }

  async dead(error: unknown): Promise<void> {
    const { boss, clock } = this.#home;
    const { id, data } = this.#taken;
    const { name, priority } = this.job;
    await inTransaction(boss, async (db) => {
      if (affectedBy(await boss.deleteJob(this.#queue, this.#taken, { db })) === 0) return;
      const end = { attempts: this.attempt, deadAt: Math.round(clock.wallTime()), error: messageOf(error) };
      await boss.send(queuesOf(name).dead, { ...data, ...this.#last, ...end }, { id, priority, db });
    });
    this.#ended();
  }

  async extend(): Promise<boolean> {
    const { boss } = this.#home;
    if (affectedBy(await boss.touch(this.#queue, this.#taken)) > 0) return true;
    const text = `SELECT 1 FROM ${schema}.job WHERE name = $1 AND id = $2 AND state = 'cancelled'`;
    const found = await boss.getDb().executeSql(text, [this.#queue, this.#taken.id]);
    this.isCancelled = found.rows.length > 0;
    return false;
  }

  progress(text: string): Promise<void> {
    this.#last = { ...this.#last, progress: text };
    const tell = () => this.#tell();
    // One after another: each goes by whichever connection is free.
    this.#telling = this.#telling?.then(tell, tell) ?? tell();
    return this.#telling;
  }

  /** pg-boss itself writes the output of a job only when a try has ended. */
  async #tell(): Promise<void> {
    const { id, retryCount } = this.#taken;
    await this.#home.boss.getDb().executeSql(
      `UPDATE ${schema}.job SET output = $4::jsonb
       WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
      [this.#queue, id, retryCount, JSON.stringify(this.#last)],
    );
  }

  async #complete(): Promise<void> {
    const { boss, complete } = this.#home;
    await (this.#last ? boss.complete(this.#queue, this.#taken, this.#last) : complete(this.#queue, this.#taken));
    this.#ended();
  }

  /** Back into its queue, for `ms` later. */
  #again(ms: number, change: Partial<JobData>): Promise<void> {
    const { boss, clock } = this.#home;
    const data = { ...this.#taken.data, ...this.#last, ...change };
    return endTry(boss, this.#queue, this.#taken, data, new Date(clock.wallTime() + ms));
  }

  /** The next one of its key may be worked on now. */
  #ended(): void {
    if (this.job.key !== undefined) this.#home.wake();
  }
}

/**
 * Ends a try that is not the last, with what the next one is to know; nothing where the job is not that try's any more.
 *
 * @param startAfter when the next one may begin; at once without it
 */
export async function endTry(
  boss: PgBoss,
  queue: string,
  attempt: JobAttempt,
  data: JobData,
  startAfter?: Date,
): Promise<void> {
  const { id } = attempt;
  await inTransaction(boss, async (db) => {
    if (affectedBy(await boss.fail(queue, attempt, outputOf(data), { db })) === 0) return;
    await boss.update(queue, data, { id, db, ...(startAfter ? { startAfter } : {}) });
  });
}

/** How many jobs a command of pg-boss has changed; its types do not tell. */
function affectedBy(response: object): number {
  return Number((response as { readonly affected?: unknown }).affected ?? 0);
}
