import { PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type {} from "./message-error-codes.ts";

/** A Postgres database cannot be reached, or has refused what it was asked for. */
export class PostgresUnavailableError extends PawlError {
  /** @param where host and database, without who connects */
  constructor(where: string, cause: unknown) {
    super(
      "PAWL_POSTGRES_UNAVAILABLE",
      `Postgres${where === "" ? "" : ` at ${where}`}: ${reasonOf(cause)}. See that it runs there, and that the user of its URL may connect and make tables`,
      { cause },
    );
  }
}

/** What a host of several addresses failed with has no message of its own. */
function reasonOf(cause: unknown): string {
  const [first] = cause instanceof AggregateError && cause.message === "" ? cause.errors : [];
  return messageOf(first ?? cause);
}
