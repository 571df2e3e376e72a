import type { JobQuery, JobState, NewJob, StoredJob } from "../store.ts";
import { queuesOf, schema } from "./postgres-boss.ts";

/**
 * What pg-boss carries with a job: what it has no column for, and what a worker would have to take two dozen columns for.
 * As little as can be, since it is read and written with each job.
 */
export interface JobData {
  /** @default the UUID that pg-boss knows it by */
  readonly id?: string;
  readonly key?: string;
  /** @default 0 */
  readonly priority?: number;
  /** @default `enqueuedAt` */
  readonly dueAt?: number;
  readonly enqueuedAt: number;
  readonly source: string;
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** As a text: `jsonb` has no place for some characters. */
  readonly input: string;
  /** How many tries do not count, since a stop has cut them short. */
  readonly uncounted?: number;
  /** Of a dead job. */
  readonly attempts?: number;
  readonly deadAt?: number;
  /** Of a dead job, or of the tries before this one. */
  readonly error?: string;
  readonly progress?: string;
}

/** What pg-boss keeps of a try that has ended. */
export type JobOutput = Pick<JobData, "error" | "progress">;

/** The columns of {@link Row}. */
const columns = `name AS queue, id::text AS uuid, data, state::text AS state, retry_count, output,
  started_on IS NOT NULL AS has_started, extract(epoch FROM start_after) * 1000 AS start_after,
  extract(epoch FROM completed_on) * 1000 AS completed_on`;

export interface Row {
  readonly queue: string;
  readonly uuid: string;
  readonly data: JobData;
  readonly state: string;
  readonly retry_count: number;
  readonly output: JobOutput | null;
  readonly has_started: boolean;
  readonly start_after: string;
  readonly completed_on: string | null;
}

const uuidShape = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** The id that pg-boss knows a job by, which has to be a UUID: that of another text is made of its SHA-256. */
export function uuidOf(id: string): string {
  if (uuidShape.test(id)) return id;
  const hex = process.getBuiltinModule("node:crypto").createHash("sha256").update(id).digest("hex");
  // Version 8: one that says nothing of how it was made (RFC 9562).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What `add` gives to pg-boss. */
export function dataOf({ id, key, priority, dueAt, enqueuedAt, source, headers, input }: NewJob): JobData {
  return {
    ...(uuidShape.test(id) ? {} : { id }),
    ...(key === undefined ? {} : { key }),
    ...(priority === 0 ? {} : { priority }),
    ...(dueAt === enqueuedAt ? {} : { dueAt }),
    enqueuedAt,
    source,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    input,
  };
}

export function queueOf({ name, key }: Pick<NewJob, "name" | "key">): string {
  const { plain, keyed } = queuesOf(name);
  return key === undefined ? plain : keyed;
}

export function nameOf(queue: string): string {
  return queue.split("/", 1)[0] as string;
}

const noHeaders = {};

export function newJobOf(name: string, uuid: string, data: JobData): NewJob {
  const { id = uuid, key, priority = 0, enqueuedAt, dueAt = enqueuedAt, source, headers = noHeaders, input } = data;
  return { id, name, key, priority, dueAt, enqueuedAt, source, headers, input };
}

/** What is told of tries that have ended; nothing else that may stand there. */
export function outputOf({ error, progress }: JobOutput): JobOutput {
  return { ...(error === undefined ? {} : { error }), ...(progress === undefined ? {} : { progress }) };
}

export function storedJobOf(row: Row): StoredJob {
  const { queue, uuid, data, output } = row;
  const job = newJobOf(nameOf(queue), uuid, data);
  if (isDead(queue)) {
    const { attempts = 0, deadAt, error, progress } = data;
    return { ...job, state: "dead", attempts, progress, endedAt: deadAt, error };
  }
  const state = stateOf(row.state);
  return {
    ...job,
    dueAt: state === "waiting" ? Math.round(Number(row.start_after)) : job.dueAt,
    state,
    attempts: attemptsOf(row),
    progress: output?.progress,
    endedAt: row.completed_on === null ? undefined : Math.round(Number(row.completed_on)),
    error: output?.error,
  };
}

function attemptsOf({ has_started, retry_count, data }: Row): number {
  return has_started ? retry_count + 1 - (data.uncounted ?? 0) : 0;
}

function isDead(queue: string): boolean {
  return queue.endsWith("/dead");
}

function stateOf(state: string): JobState {
  if (state === "active") return "running";
  if (state === "completed") return "done";
  if (state === "cancelled") return "cancelled";
  // What has run for longer than pg-boss lets anything run.
  if (state === "failed") return "dead";
  return "waiting";
}

/** What finds the jobs of a query, oldest first. */
export function selection(
  { name, state, ids, limit }: JobQuery,
  most?: number,
): { readonly text: string; readonly values: unknown[] } {
  const terms = ["true"];
  const values: unknown[] = [];
  const value = (one: unknown) => `$${values.push(one)}`;
  if (name !== undefined) terms.push(`name = ANY(${value(Object.values(queuesOf(name)))}::text[])`);
  if (ids !== undefined) terms.push(`id = ANY(${value(ids.map(uuidOf))}::uuid[])`);
  if (state === "dead") terms.push("(name LIKE '%/dead' OR state = 'failed')");
  else if (state !== undefined)
    terms.push(`name NOT LIKE '%/dead' AND state::text = ANY(${value(bossStates[state])}::text[])`);
  const count = limit ?? most;
  const text = `SELECT ${columns} FROM ${schema}.job WHERE ${terms.join(" AND ")}
    ORDER BY (data->>'enqueuedAt')::numeric, created_on${count === undefined ? "" : ` LIMIT ${value(count)}`}`;
  return { text, values };
}

const bossStates = {
  waiting: ["created", "retry"],
  running: ["active"],
  done: ["completed"],
  cancelled: ["cancelled"],
} as const;
