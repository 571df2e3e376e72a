/** A promise that a test settles, and whether somebody waits at it. */
export interface Gate {
  readonly opened: Promise<void>;
  /** Resolves when somebody has come. */
  readonly reached: Promise<void>;
  /** Waits until it is open. */
  pass(): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return {
    opened: opened.promise,
    reached: reached.promise,
    pass() {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}
