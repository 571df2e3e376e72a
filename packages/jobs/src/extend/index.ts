// What stores are made of; programs do not need it.

export { expectJobs } from "../job-desk.ts";
export type { JobStore, JobStoreContext, LeasedJob, NewJob, StoredJob, WorkerSpec } from "../store.ts";
export { storeOf } from "../store-of.ts";
export { MemoryStore } from "../stores/memory-store.ts";
export { PostgresStore } from "../stores/postgres-store.ts";
export { SqliteStore } from "../stores/sqlite-store.ts";
