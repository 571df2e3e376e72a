import type { RecordedError, RecordedFact } from "@pawl/diagnostics";

/** Who a record tells of, and what went wrong there. */
export interface Culprit {
  readonly path: string;
  /** `crashed`, `could not start` … */
  readonly what: string;
  readonly error?: unknown;
}

/** What ended the run, or was left behind by it: the last that the record has; undefined where nothing went wrong. */
export function culpritOf(facts: readonly RecordedFact[]): Culprit | undefined {
  let leftBehind: Culprit | undefined;
  for (const fact of facts.toReversed()) {
    const found = ended(fact);
    if (found) return found;
    if (fact.kind === "release.timedOut") {
      leftBehind = { path: String(fact["path"]), what: `did not end in its time: ${String(fact["label"])}` };
    }
  }
  return leftBehind;
}

function ended({ kind, name, error, reason }: RecordedFact): Culprit | undefined {
  if (kind === "kernel.failed" && isRecordedError(error)) {
    return { path: error.path ?? String(name), what: "could not start", error: error.cause ?? error };
  }
  if (kind !== "kernel.stopping" || typeof reason !== "object" || reason === null) return undefined;
  const { kind: why, path, error: cause } = reason as Record<string, unknown>;
  return why === "crash" ? { path: String(path), what: "crashed", error: cause } : undefined;
}

/** Whether a recorded value is an error. */
function isRecordedError(value: unknown): value is RecordedError {
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

/** `Error: refused (ECONNREFUSED)`. */
export function errorLine(error: unknown): string {
  if (!isRecordedError(error)) return typeof error === "string" ? error : JSON.stringify(error);
  return `${error.name}: ${error.message}${error.code === undefined ? "" : ` (${error.code})`}`;
}

/**
 * An error with its stack, its causes and the errors that it holds, further lines indented.
 *
 * @param told the stacks that have been shown before: those are left out, and these are added
 */
export function errorLines(error: unknown, told: Set<string> = new Set()): readonly string[] {
  if (!isRecordedError(error)) return errorLine(error).split("\n");
  const { stack = "", cause, errors = [] } = error;
  const head = errorLine(error).split("\n");
  if (told.has(stack)) return head;
  if (stack !== "") told.add(stack);
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const inner = [
    ...errors.flatMap((one) => marked("- ", errorLines(one, told))),
    ...(cause === undefined ? [] : marked("caused by ", errorLines(cause, told))),
  ];
  return [...head, ...frames.map((line) => `    ${line.trim()}`), ...inner.map((line) => `  ${line}`)];
}

function marked(mark: string, [first = "", ...others]: readonly string[]): readonly string[] {
  return [`${mark}${first}`, ...others];
}
