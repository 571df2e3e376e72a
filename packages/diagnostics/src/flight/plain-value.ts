import { messageOf } from "@pawl/kernel/extend";

/** What is kept of an error: texts, of a bounded length. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  /** Owner path of the culprit, of an error of Pawl. */
  readonly path?: string;
  readonly stack?: string;
  readonly cause?: unknown;
  /** Of an error that holds several: the first ones. */
  readonly errors?: readonly unknown[];
}

const longestText = 500;
const longestStack = 4_000;
const mostItems = 20;
const deepest = 4;

// An error comes in several facts: as a crash, an escalation, the reason of a stop. Its copy is shared, and goes with it.
const copies = new WeakMap<object, RecordedError>();

/** A copy of `value` as plain JSON: bounded in length and depth, nothing of it shared. It never throws. */
export function plainValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case "string":
      return shortened(value, longestText);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
    case "undefined":
      return value;
    case "object":
      return value === null ? null : plainObject(value, depth);
    default:
      return shortened(messageOf(value), longestText);
  }
}

function plainObject(value: object, depth: number): unknown {
  try {
    if (Array.isArray(value))
      return depth >= deepest ? "[Array]" : value.slice(0, mostItems).map((item) => plainValue(item, depth + 1));
    if (value instanceof Error) return plainError(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || prototype === Object.prototype;
    if (!isPlain || depth >= deepest) return `[${isPlain ? "Object" : classNameOf(value)}]`;
    const entries = Object.entries(value).slice(0, mostItems);
    return Object.fromEntries(entries.map(([key, item]) => [shortened(key, longestText), plainValue(item, depth + 1)]));
  } catch {
    return "[unreadable]";
  }
}

function plainError(error: Error, depth: number): RecordedError | string {
  // The chain of causes ends somewhere, also where it goes in a circle.
  if (depth >= deepest) return shortened(messageOf(error), longestText);
  const known = copies.get(error);
  if (known) return known;
  const { name, stack, cause } = error;
  const { code, path, errors } = error as { code?: unknown; path?: unknown; errors?: unknown };
  const copy: RecordedError = {
    name: shortened(String(name), longestText),
    message: shortened(messageOf(error), longestText),
    ...(typeof code === "string" || typeof code === "number"
      ? { code: typeof code === "string" ? shortened(code, longestText) : code }
      : {}),
    ...(typeof path === "string" ? { path: shortened(path, longestText) } : {}),
    ...(typeof stack === "string" ? { stack: shortened(stack, longestStack) } : {}),
    ...(cause === undefined ? {} : { cause: plainValue(cause, depth + 1) }),
    ...(Array.isArray(errors) ? { errors: plainValue(errors, depth + 1) as unknown[] } : {}),
  };
  // One that was met at the end of a chain is cut shorter than on its own.
  if (depth <= 1) copies.set(error, copy);
  return copy;
}

function classNameOf(value: object): string {
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === "string" && name !== "" ? shortened(name, longestText) : "Object";
}

function shortened(text: string, length: number): string {
  // A slice of a long text would keep all of it in memory.
  return text.length <= length ? text : Buffer.from(`${text.slice(0, length - 1)}…`).toString();
}
