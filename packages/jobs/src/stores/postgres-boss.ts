import type { PgBoss } from "pg-boss";
import { JobsUrlError, PostgresError } from "../errors/job-errors.ts";
import type { JobStoreContext } from "../store.ts";

export type { PgBoss } from "pg-boss";
/** What statements go through. */
export type Database = ReturnType<PgBoss["getDb"]>;

/** Where its tables are, apart from those of a pg-boss that the program may have. */
export const schema = "pawl_jobs";

/** A try that failed is always tried again, as far as pg-boss is concerned: how often is decided by who works on it. */
const everAgain = 1_000_000;
/** Its longest, in seconds: what runs for longer is failed by it. */
const longestRun = 86_399;
/** Seconds that jobs wait at most until it drops them: ten years. */
const longestWait = 315_360_000;

/**
 * Opens pg-boss, which makes its tables where they are missing. The only file that loads it, with the first `postgres:` URL.
 *
 * @throws JobsUrlError, PostgresError, as a rejection
 */
export async function openBoss(url: string, { app, keepMs, report }: JobStoreContext): Promise<PgBoss> {
  let library: typeof import("pg-boss");
  try {
    library = await import("pg-boss");
  } catch (error) {
    throw new JobsUrlError(url, "needs pg-boss; install that", error);
  }
  const seconds = Math.min(60, Math.max(1, Math.ceil(keepMs / 1000)));
  const boss = new library.PgBoss({
    connectionString: url,
    application_name: app,
    schema,
    schedule: false,
    superviseIntervalSeconds: seconds,
    maintenanceIntervalSeconds: seconds,
    monitorIntervalSeconds: seconds,
  });
  boss.on("error", report);
  try {
    await boss.start();
  } catch (error) {
    // It may have got as far as connections and timers.
    await boss.stop({ graceful: false, close: true });
    throw new PostgresError(url, error);
  }
  return boss;
}

/** The queues of pg-boss that the jobs of one name are in. */
export interface BossQueues {
  readonly plain: string;
  /** Those that have a key: one at a time of each, in order. */
  readonly keyed: string;
  /** Nobody takes from it: a dead job must not hold up those of its key, as a failed one of pg-boss would. */
  readonly dead: string;
}

export function queuesOf(name: string): BossQueues {
  return { plain: name, keyed: `${name}/keyed`, dead: `${name}/dead` };
}

/** Makes the queues of a name; does nothing where they are. */
export async function createQueues(boss: PgBoss, name: string, keepMs: number): Promise<void> {
  const { plain, keyed, dead } = queuesOf(name);
  const options = {
    retryLimit: everAgain,
    retryDelay: 0,
    retryBackoff: false,
    expireInSeconds: longestRun,
    retentionSeconds: longestWait,
    deleteAfterSeconds: Math.max(1, Math.ceil(keepMs / 1000)),
  };
  await boss.createQueue(plain, { ...options, policy: "standard" });
  await boss.createQueue(keyed, { ...options, policy: "key_strict_fifo" });
  await boss.createQueue(dead, { ...options, policy: "standard" });
}

/** Calls `fn` in a transaction. @throws what it throws, after the rollback */
export async function inTransaction<T>(boss: PgBoss, fn: (db: Database) => Promise<T>): Promise<T> {
  const transaction = await boss.getDb().beginTransaction?.();
  if (!transaction) throw new Error("pg-boss has no transactions here");
  try {
    const value = await fn(transaction.db);
    await transaction.commit();
    return value;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
