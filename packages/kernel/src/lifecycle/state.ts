/**
 * The states of a service and of a kernel.
 *
 * - `idle`: never started.
 * - `starting`: its dependencies or its `onStart` are under way, or a failed start is being undone.
 * - `running`: `onStart` has returned.
 * - `stopping`: one of the three steps of stopping is under way.
 * - `stopped`: everything that it held is released; it may be started again.
 * - `failed`: its start failed and was undone, or it crashed and waits for what its owner decides.
 */
export type State = "idle" | "starting" | "running" | "stopping" | "stopped" | "failed";

/** The only legal moves. */
export const legalMoves: Readonly<Record<State, readonly State[]>> = {
  idle: ["starting"],
  starting: ["running", "stopping", "failed"],
  running: ["stopping", "failed"],
  stopping: ["stopped"],
  stopped: ["starting"],
  failed: ["starting", "stopping"],
};

/** Why something stops. */
export type StopReason =
  /** Somebody called `stop()` or `restart()`. */
  | { readonly kind: "requested" }
  | { readonly kind: "signal"; readonly signal: string }
  /** A crash: its own, or one that came up to its owner. `path` names who crashed. */
  | { readonly kind: "crash"; readonly path: string; readonly error: unknown }
  /** Its owner stops; `owner` is the owner's path. */
  | { readonly kind: "owner"; readonly owner: string }
  /** The start of its kernel or owner failed and is being undone. */
  | { readonly kind: "start-failed"; readonly path: string; readonly error: unknown };
