import type { Context } from "../context.ts";
import { type ErrorAnswers, retryAfter } from "../errors/error-answers.ts";
import { BodyTooLargeError } from "../errors/http-errors.ts";
import { malformedBody } from "../errors/malformed-body.ts";
import { problem } from "../errors/problem.ts";
import type { Exchange } from "../server/exchange.ts";
import { type ActionAnswer, actionProblem, failureAnswer, failureOf } from "./action-problem.ts";
import { BadCall } from "./bad-call.ts";

/** What the caller of an action gets for `error`; what is not meant for callers is reported, and told as a number. */
export async function actionAnswer(error: unknown, c: Context, errors: ErrorAnswers): Promise<Response> {
  const exchange = c.env as Exchange;
  exchange.error = error;
  if (error instanceof BodyTooLargeError) {
    return errors.json(problem(413, { detail: `The body may have at most ${error.limit} bytes.` }));
  }
  const told = actionProblem(error, {
    isGone: exchange.isGone,
    get isAborted() {
      return exchange.signal.aborted;
    },
  });
  if (told === "gone") return new Response(null, { status: 499 });
  if (told) {
    try {
      return send(told, errors, error instanceof BadCall ? error.headers : {});
    } catch (unsendable) {
      return failed(unsendable, exchange, errors);
    }
  }
  const malformed = await malformedBody(error, c);
  if (malformed) return errors.json(problem(400, { detail: malformed }));
  return failed(error, exchange, errors);
}

function failed(error: unknown, exchange: Exchange, errors: ErrorAnswers): Response {
  const failure = failureOf(error);
  exchange.error = failure;
  return send(failureAnswer(failure, errors.tell(failure, exchange)), errors);
}

function send(
  { problem: what, isPassing }: ActionAnswer,
  errors: ErrorAnswers,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return errors.json(what, isPassing ? { ...headers, "Retry-After": retryAfter } : headers);
}
