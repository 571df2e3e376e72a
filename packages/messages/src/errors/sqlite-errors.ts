import { formatDuration, PawlError, PawlTypeError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type {} from "./message-error-codes.ts";

/** A file cannot be used as a SQLite database. */
export class SqliteUnusableError extends PawlError {
  constructor(file: string, why: string, cause?: unknown) {
    super("PAWL_SQLITE_UNUSABLE", `${file}: ${why}${cause === undefined ? "" : `: ${messageOf(cause)}`}`, { cause });
  }
}

/** Something else has kept a database locked for longer than it is waited for. */
export class SqliteBusyError extends PawlError {
  constructor(file: string, afterMs: number, cause: unknown) {
    super(
      "PAWL_SQLITE_BUSY",
      `${file} was locked by another connection for ${formatDuration(afterMs)}. Look for a transaction that is never committed`,
      { cause },
    );
  }
}

/** A URL names no file. */
export class SqliteUrlError extends PawlTypeError {
  constructor(url: string, why: string) {
    super("PAWL_SQLITE_BAD_URL", `"${url}" ${why}; give "sqlite:./data/app.db"`);
  }
}
