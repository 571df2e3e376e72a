import { JobsUrlError } from "./errors/job-errors.ts";
import type { JobStore } from "./store.ts";
import { MemoryStore } from "./stores/memory-store.ts";
import { PostgresStore } from "./stores/postgres-store.ts";
import { SqliteStore } from "./stores/sqlite-store.ts";

/**
 * The store that goes by a URL: `memory:`, `sqlite:./data/app.db`, `postgres://127.0.0.1/app`.
 *
 * @throws JobsUrlError, as a rejection
 */
export async function storeOf(url: string): Promise<JobStore> {
  const scheme = /^([a-z]+):/.exec(url)?.[1];
  if (scheme === "memory") return new MemoryStore();
  if (scheme === "sqlite") return new SqliteStore(url);
  if (scheme === "postgres" || scheme === "postgresql") return new PostgresStore(url);
  throw new JobsUrlError(
    url,
    'goes to no store; give "memory:", "sqlite:./data/app.db" or "postgres://127.0.0.1:5432/app"',
  );
}
