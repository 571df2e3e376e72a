import type { SqliteSchema } from "@pawl/messages/extend";

/**
 * `turn` says when a job may be taken: 1 now, 2 at `until` (a delay, a further try, the end of a lease), 0 not by itself:
 * it has ended, or others of its key are before it. So both looks for work are looks into a small index.
 */
export const jobTables: SqliteSchema = {
  name: "jobs",
  versions: [
    `CREATE TABLE pawl_job (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       name TEXT NOT NULL,
       key TEXT,
       priority INTEGER NOT NULL,
       due_at INTEGER NOT NULL,
       enqueued_at INTEGER NOT NULL,
       source TEXT NOT NULL,
       headers TEXT NOT NULL,
       input TEXT NOT NULL,
       state TEXT NOT NULL,
       turn INTEGER NOT NULL,
       until INTEGER NOT NULL,
       lease INTEGER NOT NULL DEFAULT 0,
       unwanted INTEGER NOT NULL DEFAULT 0,
       attempts INTEGER NOT NULL DEFAULT 0,
       progress TEXT,
       error TEXT,
       ended_at INTEGER
     ) STRICT;
     CREATE INDEX pawl_job_ready ON pawl_job (name, priority DESC, seq) WHERE turn = 1;
     CREATE INDEX pawl_job_timed ON pawl_job (name, until) WHERE turn = 2;
     CREATE INDEX pawl_job_line ON pawl_job (name, key, seq) WHERE key IS NOT NULL AND state IN ('waiting', 'running');
     CREATE INDEX pawl_job_state ON pawl_job (name, state, seq);
     CREATE INDEX pawl_job_kept ON pawl_job (ended_at) WHERE state IN ('done', 'cancelled');`,
  ],
};
