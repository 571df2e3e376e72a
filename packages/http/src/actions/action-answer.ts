import {
  AbandonedError,
  ActionFailedError,
  ActionInputError,
  isAbortError,
  isActionError,
  PawlError,
} from "@pawl/kernel";
import { isRemote } from "@pawl/kernel/extend";
import type { Context } from "../context.ts";
import { type ErrorAnswers, isLeftOut, needsLeftOut, retryAfter } from "../errors/error-answers.ts";
import { BodyTooLargeError } from "../errors/http-errors.ts";
import { malformedBody } from "../errors/malformed-body.ts";
import { problem } from "../errors/problem.ts";
import type { Exchange } from "../server/exchange.ts";
import { leftOutReason } from "./left-out-reason.ts";

/** A call that does not reach its action: the status says why. */
export class BadCall extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

/** What the caller of an action gets for `error`; what is not meant for callers is reported, and told as a number. */
export async function actionAnswer(error: unknown, c: Context, errors: ErrorAnswers): Promise<Response> {
  const exchange = c.env as Exchange;
  exchange.error = error;
  if (error instanceof BadCall) return errors.json(problem(error.status, { detail: error.message }), error.headers);
  if (error instanceof BodyTooLargeError) {
    return errors.json(problem(413, { detail: `The body may have at most ${error.limit} bytes.` }));
  }
  if (error instanceof ActionInputError) return errors.json(badInput(error));
  if (isActionError(error)) return ofAction(error, exchange, errors);
  const code = PawlError.is(error) ? error.code : undefined;
  if (code === "PAWL_ACTION_TIMEOUT") {
    return errors.json(problem(504, { code, detail: "It did not answer in its time." }));
  }
  if (code === "PAWL_UNKNOWN_ACTION") return errors.json(problem(404, { code }));
  if (isLeftOut(error)) return leftOut(errors, "This app was started without it.");
  if (code === "PAWL_NOT_RUNNING" || error instanceof AbandonedError) return unavailable(errors);
  // Nobody waits for the answer any more.
  if (exchange.isGone && !(error instanceof ActionFailedError)) return new Response(null, { status: 499 });
  if (isAbortError(error)) return exchange.signal.aborted ? unavailable(errors) : failed(error, exchange, errors);
  const malformed = await malformedBody(error, c);
  if (malformed) return errors.json(problem(400, { detail: malformed }));
  return failed(error, exchange, errors);
}

function badInput({ code, issues, issueCount }: ActionInputError) {
  const more = issueCount - issues.length;
  const detail = more > 0 ? `The input is wrong; ${more} more issues are left out.` : "The input is wrong.";
  return problem(400, { code, detail, issues, ...(more > 0 ? { issueCount } : {}) });
}

function ofAction(
  error: {
    readonly code: string;
    readonly message: string;
    readonly reason?: string | undefined;
    readonly details: unknown;
    readonly status: number;
  },
  exchange: Exchange,
  errors: ErrorAnswers,
): Response {
  const { code, message, reason, details, status } = error;
  const more = { ...(reason === undefined ? {} : { reason }), ...(details === undefined ? {} : { details }) };
  try {
    return errors.json(problem(status, { code, detail: message, ...more }));
  } catch (unsendable) {
    return failed(unsendable, exchange, errors);
  }
}

function unavailable(errors: ErrorAnswers, id?: string): Response {
  const detail = "It is not running now. Try again later.";
  const what = problem(503, { code: "PAWL_NOT_RUNNING", detail, ...(id === undefined ? {} : { id }) });
  return errors.json(what, { "Retry-After": retryAfter });
}

function leftOut(errors: ErrorAnswers, detail: string, id?: string): Response {
  const code = "PAWL_NOT_RUNNING";
  return errors.json(problem(503, { code, reason: leftOutReason, detail, ...(id === undefined ? {} : { id }) }));
}

function failed(error: unknown, exchange: Exchange, errors: ErrorAnswers): Response {
  const cause = error instanceof ActionFailedError ? error.cause : error;
  exchange.error = cause;
  const id = errors.tell(cause, exchange);
  if (isLeftOut(cause) && !isRemote(cause)) return leftOut(errors, needsLeftOut, id);
  // What the action needed is down, maybe for a restart: that passes.
  if (PawlError.is(cause) && !isRemote(cause) && cause.code === "PAWL_NOT_RUNNING") return unavailable(errors, id);
  return errors.json(problem(500, { code: "PAWL_ACTION_FAILED", id }));
}
