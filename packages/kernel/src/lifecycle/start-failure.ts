import { formatDuration } from "../duration.ts";
import { AbandonedError, CrashError, isAbortError, messageOf, StartError } from "../errors/errors.ts";
import type { StartUnderWay, StopContext } from "../scope.ts";

/** A start that a stop has cut short. */
export function abortedStart(path: string): StartError {
  return new StartError("PAWL_START_ABORTED", `${path}: a stop was asked for before it had started`, { path });
}

/** A start of `path` that lasted longer than its `ms` milliseconds; `at` is the deepest one that was still starting. */
export function startTimeout(path: string, ms: number, at: StartUnderWay): StartError {
  const limit = `${formatDuration(ms)}${at.path === path ? "" : ` of "${path}"`}`;
  return new StartError(
    "PAWL_START_TIMEOUT",
    `"${at.path}" did not start within ${limit}; it was ${at.doing}. Return sooner and do the long work in spawn(), or raise startTimeout`,
    { path: at.path },
  );
}

/** What a start of `path` rejects with for `error`: the error of the deepest culprit, with what failed in the undoing. */
export function failedStart(path: string, error: unknown, undoing: readonly unknown[]): StartError {
  const start = error instanceof StartError && !isAbortError(error) ? error : newStartError(path, error);
  // Into the same error: whoever else waits for the culprit tells one failure, not another.
  const errors = start.errors as unknown[];
  for (const failure of undoing) if (!tellsOf(start, failure) && !errors.includes(failure)) errors.push(failure);
  return start;
}

function newStartError(owner: string, error: unknown): StartError {
  const cause = error instanceof CrashError ? error.cause : error;
  const path = error instanceof CrashError || error instanceof StartError ? (error.path ?? owner) : owner;
  return new StartError("PAWL_START_FAILED", `${path} could not start: ${messageOf(cause)}`, { path, cause });
}

/** Whether `failure` is what `error` tells already: itself, or the crash that caused it. */
function tellsOf(error: StartError, failure: unknown): boolean {
  return failure === error || (failure instanceof CrashError && failure.cause === error.cause);
}

/** Adds a failure to those of a stop, once. */
export function tell(stop: StopContext, failure: unknown): void {
  if (!stop.failures.includes(failure)) stop.failures.push(failure);
}

/** Whether an error only says that its work was given up, or is told as an abandonment. */
export function isGivenUp(error: unknown): boolean {
  return isAbortError(error) || error instanceof AbandonedError;
}
