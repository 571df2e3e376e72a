import type { Attributes, Exception } from "@opentelemetry/api";
import { ActionInputError, isAbortError, isActionError, isRetryLater, PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** Whether what was thrown means that the call has failed: not where it was cancelled, put off, or refused its caller. */
export function isFailure(error: unknown): boolean {
  return !isAbortError(error) && !isRetryLater(error) && !isRefusal(error);
}

/** What a span says of what was thrown. */
export function attributesOf(error: unknown): Attributes {
  if (isAbortError(error)) return { "pawl.outcome": "cancelled" };
  if (isRetryLater(error)) return { "pawl.outcome": "retry later" };
  if (isRefusal(error)) return { "pawl.outcome": "refused", "error.type": typeOf(error) };
  return { "error.type": typeOf(error) };
}

/** What was thrown, whatever that is, as OpenTelemetry takes it. */
export function summaryOf(error: unknown): { readonly exception: Exception; readonly message: string } {
  const message = messageOf(error);
  if (!(error instanceof Error)) return { exception: { name: typeOf(error), message }, message };
  const { name, stack } = error;
  return { exception: { name, message, ...(stack === undefined ? {} : { stack }) }, message };
}

/** The caller's mistake, as a 4xx of HTTP. */
function isRefusal(error: unknown): boolean {
  return isActionError(error) || error instanceof ActionInputError;
}

function typeOf(error: unknown): string {
  if (PawlError.is(error)) return error.code;
  if (typeof error !== "object" || error === null) return typeof error;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return typeof name === "string" && name !== "" ? name : "Error";
}
