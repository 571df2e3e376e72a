import { dirname, resolve } from "node:path";
import { SqliteUnusableError, SqliteUrlError } from "../errors/sqlite-errors.ts";

export type SqliteValue = null | number | bigint | string | Uint8Array;

export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...values: readonly SqliteValue[]): Readonly<Record<string, SqliteValue>> | undefined;
  all(...values: readonly SqliteValue[]): readonly Readonly<Record<string, SqliteValue>>[];
}

/** What is used of a `DatabaseSync` of `node:sqlite`. */
export interface SqliteConnection {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

type SqliteClass = new (path: string) => SqliteConnection;

// The primary result codes of SQLite.
const busy = 5;
const readonly = 8;
const notADatabase = 26;

/** How long SQLite itself waits for a lock, in milliseconds: the event loop waits with it, so it is short. */
const blockingWait = 15;

/** The path of `sqlite:./data/app.db`, absolute. @throws TypeError `PAWL_SQLITE_BAD_URL` */
export function sqlitePath(url: string): string {
  if (!url.startsWith("sqlite:")) throw new SqliteUrlError(url, "is no URL of a SQLite database");
  const path = url.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "" || path.startsWith("//")) throw new SqliteUrlError(url, "names no file");
  if (path.startsWith(":")) throw new SqliteUrlError(url, "is kept in memory, where no other process sees it");
  return resolve(path);
}

/** Whether somebody else holds the lock, so that the same may go well a little later. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy;
}

/**
 * Opens the database at `path`, which is made with its directory where it is missing: with a write-ahead log, and every
 * commit on the disk before it returns. The only file that knows `node:sqlite`, which is loaded with the first one.
 *
 * @throws SqliteUnusableError, or an error that {@link isBusy}, as a rejection
 */
export async function openSqlite(path: string): Promise<SqliteConnection> {
  const Database = await sqliteClass(path);
  try {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new SqliteUnusableError(path, "its directory could not be made", error);
  }
  let connection: SqliteConnection | undefined;
  try {
    connection = new Database(path);
    connection.exec(`PRAGMA busy_timeout = ${blockingWait}`);
    connection.exec("PRAGMA journal_mode = WAL");
    connection.exec("PRAGMA synchronous = FULL");
    return connection;
  } catch (error) {
    connection?.close();
    throw isBusy(error) ? error : unusable(path, error);
  }
}

/** What SQLite says of a database that it cannot use, with what to do. */
export function unusable(path: string, error: unknown): SqliteUnusableError {
  switch (resultCode(error)) {
    case notADatabase:
      return new SqliteUnusableError(
        path,
        "is not a SQLite database. Give another path, or move that file away",
        error,
      );
    case readonly:
      return new SqliteUnusableError(path, "cannot be written to. Look at who owns it and its directory", error);
    default:
      return new SqliteUnusableError(
        path,
        "cannot be opened as a SQLite database. Look at who owns it and its directory",
        error,
      );
  }
}

function resultCode(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  // The upper bits say more, in extended codes.
  return typeof errcode === "number" ? errcode & 0xff : undefined;
}

async function sqliteClass(path: string): Promise<SqliteClass> {
  let found: Record<string, unknown>;
  try {
    found = await import("node:sqlite");
  } catch (error) {
    throw new SqliteUnusableError(path, "this Node has no node:sqlite; take Node 22.18 or newer", error);
  }
  const Database = found.DatabaseSync ?? found.Database;
  if (typeof Database !== "function") {
    throw new SqliteUnusableError(path, "node:sqlite of this Node has no DatabaseSync; take Node 22.18 or newer");
  }
  return Database as SqliteClass;
}
