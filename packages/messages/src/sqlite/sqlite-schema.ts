import { SqliteUnusableError } from "../errors/sqlite-errors.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/** The tables of one package, which may share a file with those of others and of the program. */
export interface SqliteSchema {
  /** `messages`, `jobs`. */
  readonly name: string;
  /** What makes the tables, and then what each newer version changes: the first has version 1. Never changed, only added to. */
  readonly versions: readonly string[];
}

/**
 * Brings the tables of a schema to their newest version, in one transaction.
 *
 * @throws SqliteUnusableError for tables of a newer one
 */
export function migrate(connection: SqliteConnection, path: string, { name, versions }: SqliteSchema): void {
  // Most often there is nothing to do, and no lock to wait for.
  if (versionOf(connection, path, name, versions.length) === versions.length) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec("CREATE TABLE IF NOT EXISTS pawl_schema (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT");
    const version = versionOf(connection, path, name, versions.length);
    for (const sql of versions.slice(version)) connection.exec(sql);
    connection
      .prepare("INSERT INTO pawl_schema VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version")
      .run(name, versions.length);
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(connection: SqliteConnection, path: string, name: string, newest: number): number {
  const exists = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'pawl_schema'").get();
  const row = exists && connection.prepare("SELECT version FROM pawl_schema WHERE name = ?").get(name);
  const version = Number(row?.version ?? 0);
  if (version <= newest) return version;
  throw new SqliteUnusableError(
    path,
    `its tables for ${name} have version ${version}, newer than ${newest}, the newest that this process knows. Update @pawl/${name}`,
  );
}
