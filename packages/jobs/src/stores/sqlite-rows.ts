import type { SqliteValue } from "@pawl/messages/extend";
import type { JobQuery, JobState, NewJob, StoredJob } from "../store.ts";

export type Row = Readonly<Record<string, SqliteValue>>;

/** What a job needs that is added: it waits its turn where one of its key is there. */
export const insertJob = `
  INSERT INTO pawl_job (id, name, key, priority, due_at, enqueued_at, source, headers, input, state, until, turn)
  SELECT v.*, 'waiting', v.due_at, CASE
    WHEN v.key IS NOT NULL AND EXISTS (
      SELECT 1 FROM pawl_job WHERE name = v.name AND key = v.key AND state IN ('waiting', 'running')) THEN 0
    WHEN v.due_at <= v.enqueued_at THEN 1
    ELSE 2 END
  FROM (SELECT ? AS id, ? AS name, ? AS key, ? AS priority, ? AS due_at, ? AS enqueued_at, ? AS source, ? AS headers,
    ? AS input) AS v
  WHERE true
  ON CONFLICT (id) DO NOTHING`;

/** The values of {@link insertJob}. */
export function valuesOf(job: NewJob): readonly SqliteValue[] {
  const { id, name, key = null, priority, source, headers, input } = job;
  const times = [Math.ceil(job.dueAt), Math.ceil(job.enqueuedAt)];
  return [id, name, key, priority, ...times, source, JSON.stringify(headers), input];
}

export function newJobOf(row: Row): NewJob {
  return {
    id: String(row.id),
    name: String(row.name),
    key: textOf(row.key),
    priority: Number(row.priority),
    dueAt: Number(row.due_at),
    enqueuedAt: Number(row.enqueued_at),
    source: String(row.source),
    headers: JSON.parse(String(row.headers)) as Record<string, string>,
    input: String(row.input),
  };
}

export function storedJobOf(row: Row): StoredJob {
  return {
    ...newJobOf(row),
    state: row.state as JobState,
    attempts: Number(row.attempts),
    progress: textOf(row.progress),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
    error: textOf(row.error),
  };
}

/** What finds the jobs of a query, oldest first. */
export function selection(
  { name, state, ids, limit }: JobQuery,
  most = -1,
): { readonly where: string; readonly values: readonly SqliteValue[] } {
  const terms: string[] = [];
  const values: SqliteValue[] = [];
  if (name !== undefined) {
    terms.push("name = ?");
    values.push(name);
  }
  if (state !== undefined) {
    terms.push("state = ?");
    values.push(state);
  }
  if (ids !== undefined) {
    terms.push("id IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(ids));
  }
  const where = terms.length > 0 ? `WHERE ${terms.join(" AND ")}` : "";
  return { where: `${where} ORDER BY seq LIMIT ?`, values: [...values, limit ?? most] };
}

function textOf(value: SqliteValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}
