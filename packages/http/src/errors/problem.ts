import { STATUS_CODES } from "node:http";
import type { ActionIssue } from "@pawl/kernel";

/** What went wrong with a request, as RFC 9457 has it (`application/problem+json`). */
export interface Problem {
  readonly type: "about:blank";
  /** The words of the status: `Not Found`. */
  readonly title: string;
  readonly status: number;
  /** What the client may know and can act upon. */
  readonly detail?: string;
  /** Stands in the report to `onError` too, so that one leads to the other. */
  readonly id?: string;
  /** Of an action: which error it is, as in `docs/ERRORS.md`. */
  readonly code?: string;
  /** Everything that is wrong with the input of an action. */
  readonly issues?: readonly ActionIssue[];
  /** What an action says to its caller by an `ActionError`; `left-out` where the app was started without it. */
  readonly reason?: string;
  readonly details?: unknown;
}

export function problem(status: number, more: Omit<Problem, "type" | "title" | "status"> = {}): Problem {
  return { type: "about:blank", title: STATUS_CODES[status] ?? `Status ${status}`, status, ...more };
}
