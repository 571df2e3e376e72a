/** What the thread of a watchdog is given. */
export interface WatchdogOrder {
  readonly memory: SharedArrayBuffer;
  /** By how much a beat must be late, in milliseconds. */
  readonly threshold: number;
  /** How often there is one, in milliseconds. */
  readonly every: number;
  /** The key of this watchdog among those that can be asked who is running. */
  readonly id: number;
}

/** Who was running: an owner path, and which call of it. */
export interface Running {
  readonly path: string;
  readonly what: string;
}

/** Where the main thread was. */
export interface BlockedStack {
  /** `at collect (file:///…/metrics.ts:12:5)`, a line for each frame. */
  readonly stack: string;
  /** How long it was waited for, in milliseconds: native code does not stop before it has returned. */
  readonly delayMs: number;
  readonly running: Running | undefined;
}

/** A block that is over. */
export interface BlockReport {
  /** Milliseconds by which the loop was late. */
  readonly ms: number;
  readonly stack: BlockedStack | undefined;
}

/**
 * Where the paused main thread finds who is running: a map from the ids of watchdogs to functions, as a property of
 * `globalThis` by this symbol's key. It is there while a watchdog runs.
 */
export const runningKey = "pawl.watchdog.running";
