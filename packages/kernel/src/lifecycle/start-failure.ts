import { formatDuration } from "../duration.ts";
import { AbandonedError, CrashError, isAbortError, messageOf, StartError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
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
  errors.push(...untold(undoing, [start, ...errors]));
  return start;
}

/**
 * The failures that `known` does not tell yet, each once. The failure of a dependency comes by way of each of its
 * dependants, a crash by way of each start that it ended: where an error of the kernel that caused a failure is told
 * already, the failure is left out, but for what failed in undoing it.
 */
export function untold(failures: readonly unknown[], known: readonly unknown[]): unknown[] {
  const found: unknown[] = [];
  const told = new Set<unknown>();
  /** Start errors of which also the undoing is told. */
  const toldInFull = new Set<unknown>();
  const note = (chain: readonly unknown[]) => {
    for (const error of chain) {
      told.add(identityOf(error));
      toldInFull.add(error);
    }
  };
  const add = (failure: unknown): void => {
    const chain = chainOf(failure);
    if (!chain.some((error) => told.has(identityOf(error)))) {
      found.push(failure);
      note(chain);
      return;
    }
    for (const error of chain) {
      if (!(error instanceof StartError) || toldInFull.has(error)) continue;
      toldInFull.add(error);
      error.errors.forEach(add);
    }
  };
  for (const error of known) note(chainOf(error));
  failures.forEach(add);
  return found;
}

function newStartError(owner: string, error: unknown): StartError {
  if (error instanceof CrashError) return startFailedBy(error);
  const path = error instanceof StartError ? (error.path ?? owner) : owner;
  return new StartError("PAWL_START_FAILED", `${path} could not start: ${messageOf(error)}`, { path, cause: error });
}

const startErrors = new WeakMap<CrashError, StartError>();

/** One error for one crash, whoever's start it ended: it may end those of several dependants. */
function startFailedBy(crash: CrashError): StartError {
  let error = startErrors.get(crash);
  if (!error) {
    const { path = "", cause } = crash;
    error = new StartError("PAWL_START_FAILED", `${path} could not start: ${messageOf(cause)}`, { path, cause });
    startErrors.set(crash, error);
  }
  return error;
}

/** An error and the errors of the kernel that caused it. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  for (let cause = error; PawlError.is(cause) && PawlError.is(cause.cause); chain.push(cause)) cause = cause.cause;
  return chain;
}

/** A crash and the start error that it makes are one failure. */
function identityOf(error: unknown): unknown {
  return error instanceof CrashError ? startFailedBy(error) : error;
}

/** Adds a failure to those of a stop, once. */
export function tell(stop: StopContext, failure: unknown): void {
  if (!stop.failures.includes(failure)) stop.failures.push(failure);
}

/** Whether an error only says that its work was given up, or is told as an abandonment. */
export function isGivenUp(error: unknown): boolean {
  return isAbortError(error) || error instanceof AbandonedError;
}
