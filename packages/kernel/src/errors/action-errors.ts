import { formatDuration } from "../duration.ts";
import { messageOf } from "./errors.ts";
import { type Issue, issueLine } from "./issue.ts";
import { PawlError, type PawlErrorOptions, PawlRangeError, PawlTypeError } from "./pawl-error.ts";

/** An action that is declared in a way in which nobody could call it. */
export function badAction(message: string): PawlTypeError {
  return new PawlTypeError("PAWL_BAD_ACTION", message);
}

/** One thing that is wrong with an input: what, and where in it. */
export interface ActionIssue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** So many issues are kept; a body of a megabyte can have half a million of them. */
const mostIssues = 1_000;
/** So many stand in the message. */
const mostInMessage = 5;

/**
 * An input that does not fit the schema of its action. `issues` are what is wrong with it, the first 1,000;
 * `issueCount` says how many there are.
 */
export class ActionInputError extends PawlError {
  /** `metrics.stats` */
  readonly action: string;
  readonly issues: readonly ActionIssue[];
  readonly issueCount: number;

  /** @param issueCount how many there are where `issues` are not all of them */
  constructor(action: string, issues: readonly Issue[], issueCount: number = issues.length) {
    const first = issues.slice(0, mostInMessage).map(issueLine);
    const left = issueCount - first.length;
    const lines = left > 0 ? [...first, `and ${left} more`] : first;
    super("PAWL_ACTION_INPUT", `${action}: ${lines.join("; ")}`, { path: ownerOf(action) });
    this.action = action;
    this.issueCount = issueCount;
    this.issues = issues.slice(0, mostIssues).map(({ message, path }) => ({ message, path: keysOf(path) }));
  }
}

/** There is no action of that name. */
export class UnknownActionError extends PawlError {
  constructor(message: string, options?: PawlErrorOptions) {
    super("PAWL_UNKNOWN_ACTION", message, options);
  }
}

/** What an {@link ActionError} says besides its message. */
export interface ActionErrorOptions extends ErrorOptions {
  /** For programs: `"sold-out"`. */
  readonly reason?: string;
  /** Plain JSON for the caller: `{ left: 2 }`. */
  readonly details?: unknown;
  /** The status over HTTP, from 400 to 499. @default 422 */
  readonly status?: number;
}

/**
 * What an action throws to tell its caller why it refuses. Message, reason and details reach the caller, wherever that is,
 * as an error of the same class; any other error is a failure, of which callers outside see nothing but a number. So is one
 * that came from another app: what that says goes on to one's own callers only in a new one.
 *
 * @example
 * throw new ActionError("There are only 2 left.", { reason: "sold-out", details: { left: 2 }, status: 409 });
 */
export class ActionError extends PawlError {
  readonly reason: string | undefined;
  readonly details: unknown;
  readonly status: number;

  /** @throws RangeError `PAWL_BAD_OPTION` for another status than 400 to 499 */
  constructor(message: string, { reason, details, status = 422, ...options }: ActionErrorOptions = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 499) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `ActionError({ status: ${status} }): it must be from 400 to 499; what is no fault of the caller is thrown as any other error`,
      );
    }
    super("PAWL_ACTION_ERROR", message, options);
    this.reason = reason;
    this.details = details;
    this.status = status;
  }
}

/** Whether `error` is an {@link ActionError}; also one of another copy of the package. */
export function isActionError(error: unknown): error is ActionError {
  return PawlError.is(error) && error.code === "PAWL_ACTION_ERROR";
}

/** A call of an action that took longer than it may, or than its caller waits. Whether it has done its work is not known. */
export class ActionTimeoutError extends PawlError {
  constructor(action: string, afterMs: number | undefined) {
    const length = afterMs === undefined ? "in its time" : `within ${formatDuration(afterMs)}`;
    super("PAWL_ACTION_TIMEOUT", `${action}: it did not answer ${length}; whether it has done its work is not known`, {
      path: ownerOf(action),
    });
  }
}

/**
 * An action that failed. In its own process `cause` is what it threw; elsewhere `id` is the number under which its app has
 * told that to its `onError`, the log as a rule.
 */
export class ActionFailedError extends PawlError {
  readonly id: string | undefined;

  constructor(action: string, { id, ...options }: PawlErrorOptions & { readonly id?: string | undefined } = {}) {
    const why = "cause" in options ? `: ${messageOf(options.cause)}` : id ? `; its app has logged why, as ${id}` : "";
    super("PAWL_ACTION_FAILED", `${action} failed${why}`, { path: ownerOf(action), ...options });
    this.id = id;
  }
}

/** `metrics.stats` → `metrics` */
function ownerOf(action: string): string {
  return action.slice(0, action.lastIndexOf("."));
}

function keysOf(path: Issue["path"]): readonly (string | number)[] {
  const keys = (path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return keys.map((key) => (typeof key === "symbol" ? String(key) : key));
}
