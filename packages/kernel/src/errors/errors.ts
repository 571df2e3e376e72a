import { type Duration, formatDuration, milliseconds } from "../duration.ts";
import { issueLine } from "./issue.ts";
import { type ErrorCode, PawlAggregateError, PawlError, type PawlErrorOptions } from "./pawl-error.ts";

/** The message of anything thrown. It never throws itself, whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message || error.name);
    return String(error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}

/** Cancellation: what signals of the kernel are aborted with. Its name is `AbortError`, as the platform's. */
export class AbortError extends PawlError {
  constructor(message: string, options: PawlErrorOptions = {}) {
    super("PAWL_ABORTED", message, options);
    this.name = "AbortError";
  }
}

/**
 * An {@link AbortError} without a stack: nobody looks at that of a cancellation, and a signal that outlives its service
 * would hold by it all that was on the stack.
 */
export function cancellation(message: string, path: string): AbortError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new AbortError(message, { path });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Whether `error` says that something was cancelled: an `AbortError` of the kernel, the platform or a library, or a start
 * that a stop has cut short.
 */
export function isAbortError(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return (error as { name?: unknown }).name === "AbortError" || isAbortedStart(error);
}

/** Whether `error` is a start that a stop has cut short. */
export function isAbortedStart(error: unknown): boolean {
  return PawlError.is(error) && error.code === "PAWL_START_ABORTED";
}

/** A call came while its service takes no work, or before it has a kernel. */
export class NotRunningError extends PawlError {
  /** Whether the start was limited to others (`--only`), so that waiting does not help. */
  readonly isLeftOut: boolean;

  constructor(message: string, options: PawlErrorOptions & { readonly isLeftOut?: boolean } = {}) {
    super("PAWL_NOT_RUNNING", message, options);
    this.isLeftOut = options.isLeftOut ?? false;
  }
}

/**
 * A start that failed. `path` names who, `cause` is the original error, `errors` are the failures of the undoing, flat.
 */
export class StartError extends PawlError {
  readonly errors: readonly unknown[];

  constructor(
    code: ErrorCode,
    message: string,
    options: PawlErrorOptions & { readonly errors?: readonly unknown[] } = {},
  ) {
    super(code, message, options);
    this.errors = [...(options.errors ?? [])];
  }
}

/** Services that wait for each other; the message prints `a → b → a`. */
export class CycleError extends StartError {
  constructor(names: readonly string[]) {
    super(
      "PAWL_CYCLE",
      `${names.join(" → ")}: they wait for each other. Let one of them look the other up when it needs it (this.service("${names.at(-1)}")) instead of needing it to start`,
      { path: names[0] },
    );
  }
}

/** A service instance that already has an owner, a name, or would own itself. */
export class OwnedError extends StartError {
  constructor(message: string, path: string) {
    super("PAWL_OWNED", message, { path });
  }
}

/** No provider has that name. */
export class UnknownServiceError extends PawlError {
  constructor(message: string, options?: PawlErrorOptions) {
    super("PAWL_UNKNOWN_SERVICE", message, options);
  }
}

/**
 * User code that did not settle in its time during a stop. It is not waited for again.
 *
 * @param afterMs how long it was waited for; 0 where `shutdownTimeout` had passed before
 */
export class AbandonedError extends PawlError {
  constructor(path: string, what: string, afterMs: number) {
    const how =
      afterMs > 0
        ? `was still running after ${formatDuration(afterMs)}`
        : "was called, but not waited for, since shutdownTimeout had passed";
    super("PAWL_ABANDONED", `${path}: ${what} ${how}; it was left behind`, { path });
  }
}

/** One failed step of a stop: who (`path`), where (`step`), and the original as `cause`. */
export class StepError extends PawlError {
  /** `onStop`, `task "poll"`, `release "own(Pool)"` … */
  readonly step: string;

  constructor(path: string, step: string, cause: unknown) {
    super("PAWL_STEP_FAILED", `${path}: ${step} failed: ${messageOf(cause)}`, { path, cause });
    this.step = step;
  }
}

/** Everything that went wrong during a stop, flat: one entry per owner path and step, in the order it happened. */
export class StopError extends PawlAggregateError {
  constructor(path: string, errors: readonly unknown[]) {
    const lines = errors.map((error) => `\n  - ${messageOf(error)}`).join("");
    super("PAWL_STOP_FAILED", errors, `${path} stopped with ${count(errors.length, "failure")}:${lines}`, { path });
  }
}

/** The failures of an event's listeners, for the caller of `emitAndWait`: `errors` are what they threw. */
export class EmitError extends PawlAggregateError {
  constructor(event: string, failures: readonly { readonly path: string; readonly error: unknown }[]) {
    const lines = failures.map(({ path, error }) => `\n  - ${path ? `${path}: ` : ""}${messageOf(error)}`).join("");
    super(
      "PAWL_EMIT_FAILED",
      failures.map(({ error }) => error),
      `"${event}": ${count(failures.length, "listener")} failed:${lines}`,
    );
  }
}

/** Listeners that emit each other's events without end; the message prints the chain of names. */
export class EventLoopError extends PawlError {
  constructor(names: readonly string[]) {
    const shown = names.length > 12 ? [...names.slice(0, 8), "…", names.at(-1)] : names;
    super(
      "PAWL_EVENT_LOOP",
      `${shown.join(" → ")}: events were nested ${names.length} deep and all of them were abandoned. Break the circle: emit from spawn() or timeout(), or not from that listener`,
    );
  }
}

/** A payload that does not fit the schema of its event. `issues` are the schema's. */
export class EventPayloadError extends PawlError {
  readonly event: string;
  readonly issues: readonly { readonly message: string; readonly path?: unknown }[];

  constructor(event: string, issues: EventPayloadError["issues"]) {
    super("PAWL_EVENT_PAYLOAD", `"${event}": ${issues.map(issueLine).join("; ")}. Nobody was called`);
    this.event = event;
    this.issues = issues;
  }
}

/** An event's schema returned a promise; events are delivered synchronously. */
export class EventSchemaError extends PawlError {
  constructor(event: string) {
    super(
      "PAWL_EVENT_SCHEMA",
      `"${event}": its schema validates asynchronously, but events are delivered synchronously. Leave the asynchronous check to the listener`,
    );
  }
}

/** A service crashed and nothing restarted it. `path` names it, `step` what it was in, `cause` is the original error. */
export class CrashError extends PawlError {
  /** `task "poll"`, `interval "collect"`, `fail()` … */
  readonly step: string | undefined;

  constructor(path: string, cause: unknown, step?: string) {
    super("PAWL_CRASHED", `${path} crashed: ${messageOf(cause)}`, { path, cause });
    this.step = step;
  }
}

/**
 * Thrown from a tick, a loop or a queue item: not now, try again after this long. It is no error; the attempts are
 * counted.
 *
 * @example
 * if (response.status === 429) throw new RetryLater("30s");
 */
export class RetryLater extends PawlError {
  readonly after: Duration;
  /** `after` in milliseconds. */
  readonly afterMs: number;

  /**
   * @param cause why, for logs and `inspect()`
   * @throws TypeError or RangeError `PAWL_BAD_DURATION`
   */
  constructor(after: Duration, cause?: unknown) {
    const ms = milliseconds(after, "RetryLater(after)");
    const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
    super("PAWL_RETRY_LATER", `try again in ${formatDuration(ms)}${why}`, { cause });
    this.after = after;
    this.afterMs = ms;
  }
}

/** Whether `error` asks for another try; also one of another copy of the package. */
export function isRetryLater(error: unknown): error is RetryLater {
  return PawlError.is(error) && error.code === "PAWL_RETRY_LATER";
}

/** An awaited event that did not come in time. */
export class WaitTimeoutError extends PawlError {
  constructor(path: string, event: string, afterMs: number) {
    super("PAWL_WAIT_TIMEOUT", `${path}: "${event}" did not come within ${formatDuration(afterMs)}`, { path });
  }
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
