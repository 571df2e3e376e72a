import type { Clock } from "@pawl/kernel";
import type { LeaseSource } from "@pawl/messages/extend";
import type { LeasedJob, WorkerSpec } from "../store.ts";
import { type PgBoss, queuesOf, schema } from "./postgres-boss.ts";
import { endTry, type JobAttempt, type LeaseHome, PostgresLease } from "./postgres-lease.ts";
import { type JobData, type JobOutput, outputOf } from "./postgres-rows.ts";

/** How often it is looked for jobs that others have enqueued, in milliseconds. */
const pollEvery = 200;

/** Where the jobs of one name come from: two queues of pg-boss, for one worker. */
export class PostgresSource implements LeaseSource<LeasedJob> {
  readonly leaseMs: number;
  readonly #boss: PgBoss;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #queues: SourceQueue[];
  readonly #home: LeaseHome;
  /** When it was last looked for leases that have run out. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  /** What is done and will be told at the end of this turn, by queue. */
  readonly #completing = new Map<string, { readonly attempts: JobAttempt[]; readonly completed: Promise<void> }>();

  constructor(boss: PgBoss, clock: Clock, { name, leaseMs }: WorkerSpec) {
    this.leaseMs = leaseMs;
    this.#boss = boss;
    this.#clock = clock;
    this.#name = name;
    const { plain, keyed } = queuesOf(name);
    this.#queues = [{ name: plain }, { name: keyed }];
    const complete = (queue: string, attempt: JobAttempt) => this.#complete(queue, attempt);
    this.#home = { boss, clock, complete, wake: () => this.wake() };
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
      const jobs = await this.#boss.fetch<JobData>(queue.name, { batchSize: max });
      queue.emptyAt = jobs.length === 0 ? this.#clock.now() : undefined;
      return jobs.map((job) => new PostgresLease(this.#home, queue.name, job));
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
      `SELECT name, id::text AS id, retry_count AS "retryCount", data, output FROM ${schema}.job
       WHERE name = ANY($1::text[]) AND state = 'active'
       AND heartbeat_on < now() - $2::float8 * interval '1 millisecond'`,
      [this.#queues.map((queue) => queue.name), this.leaseMs],
    );
    for (const { name, id, retryCount, data, output } of expired.rows as Expired[]) {
      await endTry(this.#boss, name, { id, retryCount }, { ...data, ...outputOf(output ?? {}) });
    }
  }

  /** Those of one turn of the event loop go together. */
  #complete(queue: string, attempt: JobAttempt): Promise<void> {
    const known = this.#completing.get(queue);
    if (known) {
      known.attempts.push(attempt);
      return known.completed;
    }
    const attempts = [attempt];
    const turn = new Promise<void>((resolve) => void this.#clock.defer(resolve));
    const completed = turn.then(async () => {
      this.#completing.delete(queue);
      await this.#boss.complete(queue, attempts);
    });
    this.#completing.set(queue, { attempts, completed });
    return completed;
  }

  #lookAgain(): void {
    for (const queue of this.#queues) queue.emptyAt = undefined;
  }

  async #untilLater(signal: AbortSignal): Promise<void> {
    // Meanwhile, while it was asked: nobody would tell of that any more.
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    const cancelTimer = this.#clock.setTimer(wake, pollEvery, `jobs "${this.#name}": next look`);
    await promise;
    this.#lookAgain();
    this.#wake = undefined;
    signal.removeEventListener("abort", wake);
    cancelTimer();
  }
}

interface SourceQueue {
  readonly name: string;
  /** When there was nothing in it, where nobody has said otherwise since. */
  emptyAt?: number | undefined;
}

interface Expired extends JobAttempt {
  readonly name: string;
  readonly data: JobData;
  readonly output: JobOutput | null;
}
