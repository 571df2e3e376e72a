import type { Clock } from "@pawl/kernel";
import type { Leased, LeaseSource } from "@pawl/messages/extend";

/**
 * What a job may be: `waiting` for a worker, for its time, or for the one of its key before it; `running`; and in the end
 * `done`, `dead` (it has failed for good) or `cancelled`.
 */
export type JobState = "waiting" | "running" | "done" | "dead" | "cancelled";

/** A job as it comes into a store. Times are in milliseconds since 1970. */
export interface NewJob {
  /** Any text; a second one with the id of one that is known is not taken. */
  readonly id: string;
  readonly name: string;
  /** Those of one name and key are worked on one at a time, in the order in which they came. */
  readonly key: string | undefined;
  /** Higher ones first. */
  readonly priority: number;
  /** It is not worked on before. */
  readonly dueAt: number;
  readonly enqueuedAt: number;
  /** The owner path of who has enqueued it. */
  readonly source: string;
  /** Carried along as they are: `traceparent`, `tracestate`. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; an empty text where there is no input. */
  readonly input: string;
}

/** A job as its store knows it. */
export interface StoredJob extends NewJob {
  readonly state: JobState;
  /** How many tries have begun. */
  readonly attempts: number;
  /** What its handler has told last, as JSON. */
  readonly progress: string | undefined;
  /** When it was done, dead or cancelled. */
  readonly endedAt: number | undefined;
  /** The message of the error of its last try that has failed. */
  readonly error: string | undefined;
}

/** A job that a worker has taken. */
export interface LeasedJob extends Leased {
  readonly job: NewJob;
  /** Whether `extend` has found that it is to be cancelled; then it still is its worker's, until that says `cancelled`. */
  readonly isCancelled: boolean;
  /** Its work was given up since it is cancelled. */
  cancelled(): Promise<void> | void;
  /** Keeps what its handler has told, as JSON. */
  progress(text: string): Promise<void> | void;
}

/** Who works on jobs. */
export interface WorkerSpec {
  readonly name: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  /** How many jobs are worked on at once. */
  readonly concurrency: number;
}

/** Which jobs; without a field those of all. */
export interface JobQuery {
  readonly name?: string | undefined;
  readonly state?: JobState | undefined;
  readonly ids?: readonly string[] | undefined;
  /** At most so many, oldest first. @default 100 for lists, all else */
  readonly limit?: number | undefined;
}

/** The jobs of one name. */
export interface JobFigures {
  readonly name: string;
  /** Those that wait, further tries included. */
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
  /** Of those that are still kept. */
  readonly done: number;
}

/** What a store is given to work with. */
export interface JobStoreContext {
  /** Timers and the time of day. */
  readonly clock: Clock;
  /** The name of the app, for the store to tell who is connected. */
  readonly app: string;
  /** How long jobs are kept that are done or cancelled, in milliseconds. */
  readonly keepMs: number;
  /** Tells an error that has no caller. */
  report(error: unknown): void;
}

/** Keeps jobs until they are worked off, and some time longer. `@pawl/testing/jobs` holds the tests that every store passes. */
export interface JobStore {
  /** `memory`, `sqlite`, `postgres`. */
  readonly name: string;
  /** Comes first, once. Rejects where the store cannot be had. */
  open(context: JobStoreContext): Promise<void>;
  /** Comes last, once, when every source is closed. */
  close(): Promise<void>;
  /**
   * Resolves when the store has the job, with whether it is new: false where one with that id is known. `transaction` is a
   * connection to the same database, inside of a transaction: the job is there when that has committed.
   *
   * @throws JobTransactionError, as a rejection, where that is none that the store can use
   */
  add(job: NewJob, transaction?: unknown): Promise<boolean>;
  /** Where the jobs of one name come from. */
  source(worker: WorkerSpec): Promise<LeaseSource<LeasedJob>>;
  get(id: string): Promise<StoredJob | undefined>;
  list(query: JobQuery): Promise<readonly StoredJob[]>;
  /**
   * Cancels one: one that waits is `dropped` and will not be worked on; the worker of one that runs is `asked` to give it up,
   * which sees that when it extends its lease. Undefined where there is none that waits or runs.
   */
  cancel(id: string): Promise<"dropped" | "asked" | undefined>;
  /** Lets dead jobs wait again, as if for the first time; gives how many. */
  retry(query: JobQuery): Promise<number>;
  /** Drops jobs that are dead, done or cancelled; gives how many. */
  discard(query: JobQuery): Promise<number>;
  /** Every name that there is a job of. */
  queues(): Promise<readonly JobFigures[]>;
}
