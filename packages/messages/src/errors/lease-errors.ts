import { formatDuration, PawlError, type RetryLater } from "@pawl/kernel";
import type {} from "./message-error-codes.ts";

/** Who takes pieces of work. */
export interface LeaseHolder {
  /** Owner path of the service. */
  readonly path: string;
  /** `subscription "order:placed"`, `job "email.send"`. */
  readonly what: string;
}

/** A try took too long; what its signal was aborted with. */
export class LeaseTimeoutError extends PawlError {
  constructor({ path, what }: LeaseHolder, afterMs: number) {
    super("PAWL_LEASE_TIMEOUT", `${path}: ${what}: a try took longer than its timeout, ${formatDuration(afterMs)}`, {
      path,
    });
  }
}

/**
 * It was tried as often as it may be, and the last try has asked for another one, or has told nothing: its process died, or
 * its lease ran out.
 */
export class LeaseExhaustedError extends PawlError {
  /** @param later the `RetryLater` of the last try */
  constructor({ path, what }: LeaseHolder, id: string, attempts: number, later?: RetryLater) {
    const how = later
      ? `asked for another one (${later.message}). Raise retries, or let it fail with what is wrong`
      : "never told how it ended. Look whether it kills its process, or takes longer than its lease";
    super(
      "PAWL_LEASE_EXHAUSTED",
      `${path}: ${what}: ${id} was tried ${attempts === 1 ? "once" : `${attempts} times`}, and the last try ${how}`,
      { path, cause: later },
    );
  }
}

/** What became of a piece of work could not be said: it will come again. */
export class LeaseSettleError extends PawlError {
  constructor({ path, what }: LeaseHolder, id: string, cause: unknown) {
    super(
      "PAWL_LEASE_NOT_SETTLED",
      `${path}: ${what}: what became of ${id} could not be told, so it comes again when its lease has run out`,
      { path, cause },
    );
  }
}
