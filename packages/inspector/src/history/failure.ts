/** What went wrong, of a fact that tells of it. */
export interface Failure {
  /** What failed: `interval "collect"`. */
  readonly label: string;
  readonly error: unknown;
}

/** A fact, live or recorded, of a kind of any package. */
export interface AnyFact {
  readonly kind: string;
  readonly at: number;
}

/** What a fact says went wrong; an escalation repeats what a crash has said. */
export function failureOf(fact: AnyFact): Failure | undefined {
  const { kind, error, label } = fact as AnyFact & { readonly error?: unknown; readonly label?: unknown };
  if (error === undefined) return undefined;
  switch (kind) {
    case "crash":
      return { label: "crash", error };
    case "service.failed":
      return { label: "start", error };
    case "health.changed":
      return { label: "onHealth", error };
    case "release.ended":
      return { label: `release of ${String(label)}`, error };
    case "error":
      return { label: String(label), error };
    default:
      return undefined;
  }
}

/** Whether it was not met before: an error comes in several facts, such as a crash and a failed start. */
export function isNewError(error: unknown, seen: WeakSet<object>): boolean {
  if (typeof error !== "object" || error === null) return true;
  if (seen.has(error)) return false;
  seen.add(error);
  return true;
}
