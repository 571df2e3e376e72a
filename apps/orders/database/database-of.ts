import type { Database } from "./database.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/** The tables that go by a URL: `sqlite:./data/orders.db`, `postgres://127.0.0.1/orders`. */
export function databaseOf(url: string): Database {
  return /^postgres(ql)?:/.test(url) ? new PostgresDatabase(url) : new SqliteDatabase(url);
}
