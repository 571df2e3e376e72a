import { STATUS_CODES } from "node:http";

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
}

export function problem(status: number, more: { readonly detail?: string; readonly id?: string } = {}): Problem {
  return { type: "about:blank", title: STATUS_CODES[status] ?? `Status ${status}`, status, ...more };
}
