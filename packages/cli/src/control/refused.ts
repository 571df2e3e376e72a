import { ActionTimeoutError, PawlError } from "@pawl/kernel";

/** What an app answers where it refuses (RFC 9457). */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly details?: unknown;
  readonly id?: string;
  readonly issues?: readonly { readonly message: string; readonly path: readonly (string | number)[] }[];
  readonly issueCount?: number;
}

/** An app refused, or failed at, what it was asked for. */
export class Refused extends PawlError {
  readonly status: number;
  /** Which error it is there: as `client()` has it, or the reason that an action gives. */
  readonly reason: string | undefined;
  /** What there is to say beyond the message, line by line: every issue of an input. */
  readonly more: readonly string[];

  constructor(message: string, status: number, reason?: string, more: readonly string[] = []) {
    super("PAWL_CONTROL_REFUSED", message);
    this.status = status;
    this.reason = reason;
    this.more = more;
  }
}

/** The error that the answer of an app tells of, in the words of the caller's side. */
export function refusalOf(what: string, status: number, text: string): PawlError {
  const { title, detail, code, reason, details, id, issues = [], issueCount = issues.length } = problemOf(text);
  switch (code) {
    case "PAWL_ACTION_INPUT": {
      const left = issueCount - issues.length;
      const lines = issues.map(({ message, path }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message));
      return new Refused(
        `${what}: its input is wrong`,
        status,
        code,
        left > 0 ? [...lines, `and ${left} more`] : lines,
      );
    }
    case "PAWL_ACTION_ERROR": {
      const more = details === undefined ? [] : [JSON.stringify(details)];
      return new Refused(`${what}: ${detail?.replace(/\.$/, "") ?? "it refused"}`, status, reason ?? code, more);
    }
    case "PAWL_ACTION_FAILED":
      return new Refused(`${what} failed; the app has logged why, as ${id}`, status, code);
    case "PAWL_ACTION_TIMEOUT":
      return new ActionTimeoutError(what, undefined);
    case "PAWL_NOT_RUNNING": {
      const number = id === undefined ? "" : `; the app has logged why, as ${id}`;
      return new Refused(`${what}: it is not running there now; call again later${number}`, status, code);
    }
    case "PAWL_UNKNOWN_ACTION":
      return new Refused(`${what}: there is no such action there`, status, code);
    default: {
      const words = detail ?? title ?? `the answer was ${status}, and nothing that an app says`;
      return new Refused(`${what}: ${words}`, status, code);
    }
  }
}

function problemOf(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    // Not of Pawl: a proxy in between, or another program.
    return {};
  }
}
