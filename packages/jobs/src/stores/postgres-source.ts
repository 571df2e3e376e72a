import type { Clock } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type { LeaseSource } from "@pawl/messages/extend";
import type { JobWithMetadata } from "pg-boss";
import type { LeasedJob, WorkerSpec } from "../store.ts";
import { inTransaction, type PgBoss, queuesOf, schema } from "./postgres-boss.ts";
import { type JobData, type JobOutput, newJobOf } from "./postgres-rows.ts";

/** How often it is looked for jobs that others have enqueued, in milliseconds. */
const pollEvery = 200;

type Taken = JobWithMetadata<JobData>;

/** Where the jobs of one name come from: two queues of pg-boss, for one worker. */
export class PostgresSource implements LeaseSource<LeasedJob> {
  readonly leaseMs: number;
  readonly #boss: PgBoss;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #queues: SourceQueue[];
  /** When it was last looked for leases that have run out. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  /** What is done and will be told at the end of this turn, by queue. */
  readonly #completing = new Map<string, { readonly attempts: JobAttempt[]; readonly completed: Promise<unknown> }>();

  constructor(boss: PgBoss, clock: Clock, { name, leaseMs }: WorkerSpec) {
    this.leaseMs = leaseMs;
    this.#boss = boss;
    this.#clock = clock;
    this.#name = name;
    const { plain, keyed } = queuesOf(name);
    this.#queues = [{ name: plain }, { name: keyed }];
  }

  /** There may be something to take. */
  wake(): void {
    this.#lookAgain();
    this.#wake?.();
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedJob[]> {
    while (!signal.aborted) {
      await this.#failExpired();
      const taken: LeasedJob[] = [];
      // In turn, so that neither keeps the other waiting for ever.
      for (const queue of this.#queues.reverse()) {
        const wanted = max - taken.length;
        if (wanted > 0 && this.#isWorthALook(queue)) taken.push(...(await this.#fetch(queue, wanted, taken)));
      }
      if (taken.length > 0) return taken;
      await this.#untilLater(signal);
    }
    return [];
  }

  async close(): Promise<void> {
    this.#wake?.();
  }

  /** Whether there may be any: one that was empty a moment ago costs the other one a round trip for nothing. */
  #isWorthALook({ emptyAt }: SourceQueue): boolean {
    return emptyAt === undefined || this.#clock.now() - emptyAt >= pollEvery;
  }

  /** @param others were taken already: their leases run, so a failure must not lose them; the next take tells it */
  async #fetch(queue: SourceQueue, max: number, others: readonly LeasedJob[]): Promise<readonly LeasedJob[]> {
    try {
      const jobs = await this.#boss.fetch<JobData>(queue.name, { batchSize: max, includeMetadata: true });
      queue.emptyAt = jobs.length === 0 ? this.#clock.now() : undefined;
      return (jobs as Taken[]).map((job) => this.#leased(queue.name, job));
    } catch (error) {
      if (others.length > 0) return [];
      throw error;
    }
  }

  /** pg-boss notices after 10 s at the earliest, and its own minutes, that a heartbeat is missing. */
  async #failExpired(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#lookedAt < this.leaseMs / 3) return;
    this.#lookedAt = now;
    const expired = await this.#boss.getDb().executeSql(
      `SELECT name, id::text AS id, retry_count AS "retryCount", output FROM ${schema}.job
       WHERE name = ANY($1::text[]) AND state = 'active'
       AND heartbeat_on < now() - $2::float8 * interval '1 millisecond'`,
      [this.#queues.map((queue) => queue.name), this.leaseMs],
    );
    for (const { name, id, retryCount, output } of expired.rows as Expired[]) {
      await this.#boss.fail(name, { id, retryCount }, output ?? {});
    }
  }

  #leased(queue: string, { id, data, priority, retryCount, output }: Taken): LeasedJob {
    const boss = this.#boss;
    const clock = this.#clock;
    const job = newJobOf({ queue, data, priority });
    const attempt = { id, retryCount };
    const { uncounted = 0 } = data;
    let last = (output ?? {}) as JobOutput;
    let isCancelled = false;
    let telling: Promise<void> = Promise.resolve();
    // pg-boss itself writes the output of a job only when a try has ended.
    const tell = async () => {
      await boss.getDb().executeSql(
        `UPDATE ${schema}.job SET output = $4::jsonb
         WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
        [queue, id, retryCount, JSON.stringify(last)],
      );
    };
    /** The next one of its key may be worked on now. */
    const ended = () => {
      if (job.key !== undefined) this.wake();
    };
    /** Back into its queue, for `ms` later; nothing where it is not this try's any more. */
    const again = (ms: number, change: Partial<JobData>) =>
      inTransaction(boss, async (db) => {
        if (affectedBy(await boss.fail(queue, attempt, last, { db })) === 0) return;
        const startAfter = new Date(clock.wallTime() + ms);
        await boss.update(queue, { ...data, ...change }, { id, startAfter, db });
      });
    return {
      id: job.id,
      job,
      attempt: retryCount + 1 - uncounted,
      get isCancelled() {
        return isCancelled;
      },
      done: async () => {
        const hasOutput = last.error !== undefined || last.progress !== undefined;
        await (hasOutput ? boss.complete(queue, attempt, last) : this.#complete(queue, attempt));
        ended();
      },
      // It was cancelled in the database when that was asked for.
      cancelled() {},
      async retry(ms, error) {
        last = { ...last, error: messageOf(error) };
        await again(ms, {});
      },
      release: () => again(0, { uncounted: uncounted + 1 }),
      async dead(error) {
        await inTransaction(boss, async (db) => {
          if (affectedBy(await boss.deleteJob(queue, attempt, { db })) === 0) return;
          const end = {
            attempts: retryCount + 1 - uncounted,
            deadAt: Math.round(clock.wallTime()),
            error: messageOf(error),
          };
          await boss.send(queuesOf(job.name).dead, { ...data, ...last, ...end }, { id, priority, db });
        });
        ended();
      },
      async extend() {
        if (affectedBy(await boss.touch(queue, attempt)) > 0) return true;
        const found = await boss
          .getDb()
          .executeSql(`SELECT 1 FROM ${schema}.job WHERE name = $1 AND id = $2 AND state = 'cancelled'`, [queue, id]);
        isCancelled = found.rows.length > 0;
        return false;
      },
      progress(text) {
        last = { ...last, progress: text };
        // One after another: each goes by whichever connection is free.
        telling = telling.then(tell, tell);
        return telling;
      },
    };
  }

  /** Those of one turn of the event loop go together. */
  #complete(queue: string, attempt: JobAttempt): Promise<unknown> {
    const known = this.#completing.get(queue);
    if (known) {
      known.attempts.push(attempt);
      return known.completed;
    }
    const attempts = [attempt];
    const turn = new Promise<void>((resolve) => void this.#clock.defer(resolve));
    const completed = turn.then(() => {
      this.#completing.delete(queue);
      return this.#boss.complete(queue, attempts);
    });
    this.#completing.set(queue, { attempts, completed });
    return completed;
  }

  #lookAgain(): void {
    for (const queue of this.#queues) queue.emptyAt = undefined;
  }

  #untilLater(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    const cancelTimer = this.#clock.setTimer(wake, pollEvery, `jobs "${this.#name}": next look`);
    return promise.finally(() => {
      this.#lookAgain();
      this.#wake = undefined;
      signal.removeEventListener("abort", wake);
      cancelTimer();
    });
  }
}

interface SourceQueue {
  readonly name: string;
  /** When there was nothing in it, where nobody has said otherwise since. */
  emptyAt?: number | undefined;
}

/** One try of one job, as pg-boss knows it. */
interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

interface Expired {
  readonly name: string;
  readonly id: string;
  readonly retryCount: number;
  readonly output: JobOutput | null;
}

/** How many jobs a command of pg-boss has changed; its types do not tell. */
function affectedBy(response: object): number {
  return Number((response as { readonly affected?: unknown }).affected ?? 0);
}
