import type { Schema } from "@pawl/kernel";
import { JobInputError } from "./errors/job-errors.ts";

/**
 * An input as it is stored: JSON, an empty text for none.
 *
 * @throws JobInputError for what JSON cannot say
 */
export function encodeInput(job: string, input: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(input);
  } catch (error) {
    throw new JobInputError(job, [], "cannot be written as JSON", error);
  }
  if (text !== undefined) return text;
  if (input === undefined) return "";
  throw new JobInputError(job, [], `cannot be written as JSON: it is a ${typeof input}`);
}

/** @throws JobInputError for what is no JSON */
export function decodeInput(job: string, text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new JobInputError(job, [], "is no JSON", error);
  }
}

/**
 * What the schema makes of an input that was stored; a promise where it validates asynchronously.
 *
 * @throws JobInputError
 */
export function parseInput(job: string, schema: Schema, text: string): unknown {
  const result = schema["~standard"].validate(decodeInput(job, text));
  return result instanceof Promise ? result.then((settled) => fitting(job, settled)) : fitting(job, result);
}

function fitting(job: string, result: Awaited<ReturnType<Schema["~standard"]["validate"]>>): unknown {
  if (result.issues) throw new JobInputError(job, result.issues);
  return result.value;
}
