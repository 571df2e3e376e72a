import {
  AbandonedError,
  ActionFailedError,
  ActionInputError,
  isAbortError,
  isActionError,
  PawlError,
} from "@pawl/kernel";
import { isRemote } from "@pawl/kernel/extend";
import { isLeftOut, needsLeftOut } from "../errors/left-out.ts";
import { type Problem, problem } from "../errors/problem.ts";
import { BadCall } from "./bad-call.ts";
import { leftOutReason } from "./left-out-reason.ts";

/** What a transport knows of who has called. */
export interface ActionCaller {
  /** Whether nobody waits for the answer any more. */
  readonly isGone: boolean;
  /** Whether its signal is aborted. */
  readonly isAborted: boolean;
}

/** What the caller of an action gets for an error. */
export interface ActionAnswer {
  readonly problem: Problem;
  /** Whether it is worth asking again later. */
  readonly isPassing: boolean;
}

/**
 * What the caller of an action is told of `error`, whichever way it called. "gone" where nobody hears it; undefined for what
 * is not meant for callers: report that, and answer with {@link failureAnswer}.
 */
export function actionProblem(error: unknown, caller: ActionCaller): ActionAnswer | "gone" | undefined {
  if (error instanceof BadCall) return final(problem(error.status, { detail: error.message }));
  if (error instanceof ActionInputError) return final(badInput(error));
  if (isActionError(error)) {
    const { code, message, reason, details, status } = error;
    const more = { ...(reason === undefined ? {} : { reason }), ...(details === undefined ? {} : { details }) };
    return final(problem(status, { code, detail: message, ...more }));
  }
  const code = PawlError.is(error) ? error.code : undefined;
  if (code === "PAWL_ACTION_TIMEOUT") return final(problem(504, { code, detail: "It did not answer in its time." }));
  if (code === "PAWL_UNKNOWN_ACTION") return final(problem(404, { code }));
  if (isLeftOut(error)) return leftOut("This app was started without it.");
  if (code === "PAWL_NOT_RUNNING" || error instanceof AbandonedError) return unavailable();
  if (caller.isGone && !(error instanceof ActionFailedError)) return "gone";
  if (isAbortError(error) && caller.isAborted) return unavailable();
  return undefined;
}

/** The error that is to be reported for one that {@link actionProblem} has nothing to tell of. */
export function failureOf(error: unknown): unknown {
  return error instanceof ActionFailedError ? error.cause : error;
}

/** What the caller is told of a failure that was reported as `id`. */
export function failureAnswer(failure: unknown, id: string): ActionAnswer {
  if (isLeftOut(failure) && !isRemote(failure)) return leftOut(needsLeftOut, id);
  // What the action needed is down, maybe for a restart: that passes.
  if (PawlError.is(failure) && !isRemote(failure) && failure.code === "PAWL_NOT_RUNNING") return unavailable(id);
  return final(problem(500, { code: "PAWL_ACTION_FAILED", id }));
}

function final(what: Problem): ActionAnswer {
  return { problem: what, isPassing: false };
}

function unavailable(id?: string): ActionAnswer {
  const detail = "It is not running now. Try again later.";
  return {
    problem: problem(503, { code: "PAWL_NOT_RUNNING", detail, ...(id === undefined ? {} : { id }) }),
    isPassing: true,
  };
}

function leftOut(detail: string, id?: string): ActionAnswer {
  const code = "PAWL_NOT_RUNNING";
  return final(problem(503, { code, reason: leftOutReason, detail, ...(id === undefined ? {} : { id }) }));
}

function badInput({ code, issues, issueCount }: ActionInputError): Problem {
  const more = issueCount - issues.length;
  const detail = more > 0 ? `The input is wrong; ${more} more issues are left out.` : "The input is wrong.";
  return problem(400, { code, detail, issues, ...(more > 0 ? { issueCount } : {}) });
}
