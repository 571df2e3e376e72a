import {
  ActionError,
  ActionFailedError,
  ActionInputError,
  type ActionIssue,
  ActionTimeoutError,
  NotRunningError,
  PawlError,
  UnknownActionError,
} from "@pawl/kernel";
import { markRemote } from "@pawl/kernel/extend";
import { leftOutReason } from "../actions/left-out-reason.ts";
import type { httpErrorCodes } from "../errors/http-error-codes.ts";
import type { RemoteAnswer } from "./remote-transport.ts";

// The entry of the client has the codes by this import alone.
type CodeOf<Code extends keyof typeof httpErrorCodes> = Code;

/** The app could not be reached, or the connection broke before its answer was there. */
export class ConnectionError extends PawlError {
  declare readonly code: CodeOf<"PAWL_HTTP_CONNECTION">;
  readonly url: string;

  constructor(action: string, url: URL, cause: unknown) {
    const { origin, pathname } = url;
    // What fetch throws says only that it failed; why is in its cause.
    const { message, code } = ((cause as Error | undefined)?.cause ?? cause ?? {}) as Partial<NodeJS.ErrnoException>;
    const why = message || code || String(cause);
    super(
      "PAWL_HTTP_CONNECTION",
      `${action}: no answer from ${origin === "null" ? url.protocol : origin}${pathname} (${why}). Does the app run there? Where it broke off, whether the action has done its work is not known`,
      { cause },
    );
    this.url = withoutCredentials(url);
  }
}

/** An answer that no action gives: another server's, a proxy's, or one to a call that was not let through to the action. */
export class RemoteError extends PawlError {
  declare readonly code: CodeOf<"PAWL_HTTP_BAD_ANSWER">;
  readonly url: string;
  readonly status: number;

  constructor(action: string, url: URL, { status, location: to }: RemoteAnswer, body: unknown) {
    const { detail, title } = fieldsOf(body);
    const what = detail ?? title ?? (to ? `go to ${to}` : "and nothing that an action answers");
    super("PAWL_HTTP_BAD_ANSWER", `${action}: ${url.origin}${url.pathname} answered ${status}: ${String(what)}`);
    this.url = withoutCredentials(url);
    this.status = status;
  }
}

/** The error that an action's problem document tells of, as its own class and marked as another app's; undefined where it is none. */
export function errorOf(action: string, status: number, body: unknown): Error | undefined {
  const error = ownClassOf(action, status, body);
  return error && markRemote(error);
}

function ownClassOf(action: string, status: number, body: unknown): Error | undefined {
  const { code, detail, issues, issueCount, reason, details, id } = fieldsOf(body);
  const message = typeof detail === "string" ? detail : undefined;
  switch (code) {
    case "PAWL_ACTION_INPUT": {
      const told = Array.isArray(issues) ? issues.filter(isIssue) : [];
      const count = Number.isSafeInteger(issueCount) ? (issueCount as number) : told.length;
      return new ActionInputError(action, told, Math.max(count, told.length));
    }
    case "PAWL_ACTION_ERROR": {
      if (status < 400 || status > 499) return undefined;
      return new ActionError(message ?? "", { status, details, ...(typeof reason === "string" ? { reason } : {}) });
    }
    case "PAWL_ACTION_TIMEOUT":
      return new ActionTimeoutError(action, undefined);
    case "PAWL_NOT_RUNNING":
      return reason === leftOutReason
        ? new NotRunningError(`${action}: the app there was started without it, or without what it needs`, {
            isLeftOut: true,
          })
        : notRunning(action);
    case "PAWL_ACTION_FAILED":
      return new ActionFailedError(action, { id: typeof id === "string" ? id : undefined });
  }
  // Where nothing is served nobody tells a code; a whole app that is not up says 503.
  if (status === 404) return new UnknownActionError(`${action}: there is no such action there, or it is not served`);
  return status === 503 ? notRunning(action) : undefined;
}

function withoutCredentials({ href }: URL): string {
  return Object.assign(new URL(href), { username: "", password: "" }).href;
}

function notRunning(action: string): NotRunningError {
  return new NotRunningError(`${action}: it is not running there now; call again later`);
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
}

function isIssue(value: unknown): value is ActionIssue {
  const { message, path } = fieldsOf(value);
  return typeof message === "string" && Array.isArray(path);
}
