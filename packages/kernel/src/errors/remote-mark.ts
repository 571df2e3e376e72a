const mark = Symbol.for("pawl.remote");

/** Marks an error that tells what happened in another app. Gives it back. */
export function markRemote<E extends Error>(error: E): E {
  return Object.defineProperty(error, mark, { value: true });
}

/**
 * Whether an error tells what happened in another app. A service that lets one pass has failed: what the other app says is
 * not meant for the service's own callers.
 */
export function isRemote(error: unknown): boolean {
  return typeof error === "object" && error !== null && mark in error;
}
