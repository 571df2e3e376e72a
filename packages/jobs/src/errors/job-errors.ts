import { PawlError, PawlTypeError } from "@pawl/kernel";
import { type Issue, issueLine, messageOf } from "@pawl/kernel/extend";
import type {} from "./job-error-codes.ts";

/** So many issues stand in the message. */
const mostInMessage = 5;

/** An input that does not fit the schema of its job, or that cannot travel. */
export class JobInputError extends PawlTypeError {
  readonly job: string;
  /** What the schema finds wrong; empty where it is no JSON. */
  readonly issues: readonly Issue[];

  constructor(job: string, issues: readonly Issue[], what?: string, cause?: unknown) {
    const lines = issues.slice(0, mostInMessage).map(issueLine);
    const left = issues.length - lines.length;
    const all = left > 0 ? [...lines, `and ${left} more`] : lines;
    super("PAWL_JOB_INPUT", `job "${job}": its input ${what ?? `does not fit: ${all.join("; ")}`}${because(cause)}`, {
      cause,
    });
    this.job = job;
    this.issues = issues;
  }
}

/** The store has not taken a job, as far as is known: it may be enqueued again with the same `id`. */
export class JobNotStoredError extends PawlError {
  /** Of the job: whoever enqueues again with it gets no second one. */
  readonly id: string;

  constructor(path: string, job: string, id: string, store: string, cause: unknown) {
    super(
      "PAWL_JOB_NOT_STORED",
      `${path}: job "${job}" was not taken by ${store}${because(cause)}. Enqueue it again with { id: "${id}" }, which makes no second one`,
      { path, cause },
    );
    this.id = id;
  }
}

/** A job was to be stored in a transaction that its store cannot use. */
export class JobTransactionError extends PawlTypeError {
  constructor(why: string) {
    super("PAWL_JOB_TRANSACTION", `enqueue(…, { transaction }): ${why}`);
  }
}

/** The memory holds as many jobs as it may. */
export class JobsFullError extends PawlError {
  constructor(capacity: number) {
    super(
      "PAWL_JOBS_FULL",
      `the memory holds ${capacity} jobs that are not worked off, as many as it may. Keep them in a file, "sqlite:./data/app.db", or raise the concurrency of what works on them`,
    );
  }
}

/** A kernel has one service for jobs, which starts before those that use it. */
export class JobsTakenError extends PawlError {
  constructor(path: string, other: string | undefined) {
    super(
      "PAWL_JOBS_TAKEN",
      other === undefined
        ? `${path}: services that started earlier have their jobs in the memory already. List it before them`
        : `${path}: jobs of this app are kept by ${other} already. Take one of the two out`,
      { path },
    );
  }
}

/** Postgres cannot be used. Of its URL the server and the database are told, and no password. */
export class PostgresError extends PawlError {
  constructor(url: string, cause: unknown) {
    super(
      "PAWL_JOBS_POSTGRES",
      `${shownUrl(url)}: Postgres cannot be used there${because(cause)}. See that it runs, and to the user, password and database of its URL`,
      { cause },
    );
  }
}

/** No store goes by a URL. Of that only the scheme is told: what stands after it may be a password. */
export class JobsUrlError extends PawlTypeError {
  constructor(url: string, why: string, cause?: unknown) {
    super("PAWL_JOBS_BAD_URL", `jobs: ${schemeOf(url)} ${why}`, { cause });
  }
}

function because(cause: unknown): string {
  return cause === undefined ? "" : `: ${messageOf(cause)}`;
}

function shownUrl(url: string): string {
  if (!URL.canParse(url)) return "a URL that begins with postgres:";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

function schemeOf(url: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:/i.exec(url)?.[0];
  return scheme === undefined ? "a URL without a scheme" : `a URL that begins with "${scheme}"`;
}
