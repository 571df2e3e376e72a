import { ActionFailedError, ActionInputError, EventPayloadError, isActionError, PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type { Outcome } from "../protocol.ts";
import { Refused } from "./refused.ts";

/** An outcome with the status that it goes out with. */
export interface Answer {
  readonly status: number;
  readonly outcome: Outcome;
}

const statuses: Readonly<Record<string, number>> = {
  PAWL_UNKNOWN_ACTION: 404,
  PAWL_UNKNOWN_SERVICE: 404,
  PAWL_NOT_RUNNING: 409,
  PAWL_ACTION_TIMEOUT: 504,
};

/** What is told of a command that failed: all of it, since who gets here may see it. */
export function failedAnswer(error: unknown): Answer {
  if (error instanceof Refused) return answer(error.status, error.message, error.code);
  if (error instanceof ActionInputError || error instanceof EventPayloadError) {
    return answer(400, error.message, error.code, error.issues);
  }
  if (isActionError(error)) return answer(error.status, error.message, error.reason ?? error.code);
  const cause = error instanceof ActionFailedError ? error.cause : error;
  const code = codeOf(cause);
  // A wrong argument, such as the name of an event that is none.
  const isWrong = PawlError.is(cause) && (cause instanceof TypeError || cause instanceof RangeError);
  return answer(statuses[code ?? ""] ?? (isWrong ? 400 : 500), messageOf(cause), code);
}

interface Issue {
  readonly message: string;
  readonly path?: unknown;
}

function answer(status: number, message: string, code?: string, issues?: readonly Issue[]): Answer {
  return {
    status,
    outcome: {
      ok: false,
      ...(code === undefined ? {} : { code }),
      message,
      ...(issues && { issues: issues.map((issue) => ({ path: pathOf(issue.path), message: issue.message })) }),
    },
  };
}

/** Segments of a Standard Schema: keys, or objects that hold one. */
function pathOf(path: unknown): string {
  if (!Array.isArray(path)) return "";
  return path.map((segment: unknown) => String(Object(segment).key ?? segment)).join(".");
}

function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
