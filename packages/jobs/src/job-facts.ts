/** The facts of jobs. `path` is the owner path, `id` that of the job, `name` what it is called, `ms` in milliseconds. */
export interface JobFacts {
  /** The store has a job that it did not know. */
  "job.enqueued": { readonly path: string; readonly name: string; readonly id: string };
  /** A handler is called; `attempt` is 1 for the first. */
  "job.started": JobTry;
  "job.ended": JobTry & { readonly ms: number; readonly error?: unknown };
  /** It failed, and is tried again after `ms`. */
  "job.retried": JobTry & { readonly ms: number; readonly error: unknown };
  /** It failed for good, and is kept until it is retried or discarded. */
  "job.dead": JobTry & { readonly error: unknown };
  /** It was dropped while it waited, or its handler has given it up. */
  "job.cancelled": { readonly path: string; readonly name: string; readonly id: string };
  /** Its handler has told how far it is. */
  "job.progress": JobTry & { readonly progress: unknown };
}

/** One try of one job. */
export interface JobTry {
  readonly path: string;
  readonly name: string;
  readonly id: string;
  readonly attempt: number;
}

declare module "@pawl/kernel" {
  interface Facts extends JobFacts {}
}
