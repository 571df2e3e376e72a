import { FlightRecorder, type RecordedFact, recorderOf } from "@pawl/diagnostics";
import type { Kernel } from "@pawl/kernel";
import type { ErrorLine, FactLine } from "../protocol.ts";
import { factText } from "./fact-text.ts";
import { failureOf, isNewError } from "./failure.ts";

const mostFacts = 100;
const mostErrors = 20;
/** Facts that are kept of an app that has no recorder. */
const ownSize = 2_000;

/**
 * What happened so far: what the flight recorder of the app holds. Of an app without one it is what happened since a page
 * was opened, in a recorder that is there meanwhile.
 */
export class History {
  readonly #kernel: () => Kernel;
  #own: FlightRecorder | undefined;

  constructor(kernel: () => Kernel) {
    this.#kernel = kernel;
  }

  /** A page is open. */
  begin(): void {
    const kernel = this.#kernel();
    if (!recorderOf(kernel)) this.#own = new FlightRecorder(kernel, { size: ownSize });
  }

  /** No page is open any more. */
  end(): void {
    this.#own?.stop();
    this.#own = undefined;
  }

  /** Oldest first. */
  facts(): readonly RecordedFact[] {
    return recorderOf(this.#kernel())?.facts() ?? [];
  }

  /** When the last start of the app began, ISO 8601; undefined where that is no longer known. */
  startedAt(): string | undefined {
    const start = this.facts().findLast(({ kind }) => kind === "kernel.starting");
    return start && isoOf(start.at);
  }

  /** How many errors there were, by owner path. */
  errorCounts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const seen = new WeakSet<object>();
    for (const fact of this.facts()) {
      const failure = failureOf(fact);
      if (!failure || !isNewError(failure.error, seen)) continue;
      const path = String(fact["path"]);
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    return counts;
  }

  /** Of a service and what it owns, newest first. */
  linesOf(path: string): readonly FactLine[] {
    const found: FactLine[] = [];
    for (const fact of this.facts().toReversed()) {
      const its = String(fact["path"]);
      if (its !== path && !its.startsWith(`${path}/`)) continue;
      const { seq: _, at, kind, path: __, ...data } = fact;
      found.push({ at: isoOf(at), kind, path: its, text: factText(fact), data });
      if (found.length === mostFacts) break;
    }
    return found;
  }

  /** Of a service alone, newest first. */
  errorsOf(path: string): readonly ErrorLine[] {
    const found: ErrorLine[] = [];
    const seen = new WeakSet<object>();
    for (const fact of this.facts().toReversed()) {
      const failure = fact["path"] === path ? failureOf(fact) : undefined;
      if (!failure || !isNewError(failure.error, seen)) continue;
      found.push({ at: isoOf(fact.at), label: failure.label, ...errorOf(failure.error) });
      if (found.length === mostErrors) break;
    }
    return found;
  }
}

function errorOf(error: unknown): Pick<ErrorLine, "name" | "message" | "code" | "stack"> {
  if (typeof error !== "object" || error === null) return { name: "Error", message: String(error) };
  const { name = "Error", message = "", code, stack } = error as Readonly<Record<string, unknown>>;
  return {
    name: String(name),
    message: String(message),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(stack === undefined ? {} : { stack: `${String(stack)}${causesOf(error)}` }),
  };
}

/** The stacks of what an error was caused by, the nearest first. */
function causesOf(error: object): string {
  let text = "";
  const met = new Set<unknown>();
  for (let { cause } = error as { cause?: unknown }; cause !== undefined && !met.has(cause); ) {
    met.add(cause);
    const { stack, name, message, cause: next } = Object(cause) as Readonly<Record<string, unknown>>;
    const isError = message !== undefined;
    text += `\n\ncaused by ${String(stack ?? (isError ? `${String(name)}: ${String(message)}` : cause))}`;
    cause = next;
  }
  return text;
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}
