const thrown = new WeakSet<object>();

/**
 * Throws an error that has no caller in a turn of its own, as the DOM's `reportError`: it becomes an
 * `uncaughtException`.
 */
export function throwInOwnTurn(error: unknown): void {
  const told = typeof error === "object" && error !== null ? error : new Error(String(error), { cause: error });
  thrown.add(told);
  setImmediate(() => {
    throw told;
  });
}

/** Whether an uncaught exception came from here: telling it to `onError` again could go on forever. */
export function wasThrownInOwnTurn(error: unknown): boolean {
  return typeof error === "object" && error !== null && thrown.has(error);
}
