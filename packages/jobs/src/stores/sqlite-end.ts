import type { SqliteFile } from "@pawl/messages/extend";

/** Ends a job that runs under this lease, in a transaction, and lets the next of its key go; does nothing where it does not. */
export function endJob(
  file: SqliteFile,
  seq: number,
  lease: number,
  state: "done" | "dead" | "cancelled",
  now: number,
  error?: string,
): void {
  const ended = file
    .sql(
      `UPDATE pawl_job SET state = ?, turn = 0, ended_at = ?, error = coalesce(?, error)
       WHERE seq = ? AND lease = ? AND state = 'running' RETURNING name, key`,
    )
    .get(state, now, error ?? null, seq, lease);
  if (ended && ended.key !== null) offerNext(file, String(ended.name), String(ended.key), now);
}

/** Lets the first of a key be taken, when it is time for it. */
export function offerNext(file: SqliteFile, name: string, key: string, now: number): void {
  const live = "name = ? AND key = ? AND state IN ('waiting', 'running')";
  if (file.sql(`SELECT 1 FROM pawl_job WHERE ${live} AND turn <> 0`).get(name, key)) return;
  file
    .sql(
      `UPDATE pawl_job SET turn = CASE WHEN due_at <= ? THEN 1 ELSE 2 END, until = due_at
       WHERE seq = (SELECT min(seq) FROM pawl_job WHERE ${live})`,
    )
    .run(now, name, key);
}
