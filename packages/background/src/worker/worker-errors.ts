import { formatDuration, PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** A worker thread that ended unasked; what its calls in flight are rejected with. `cause` is the error that ended it. */
export class WorkerEndedError extends PawlError {
  /** Of the thread, as of `process.exit` in it. */
  readonly exitCode: number;

  constructor(path: string, exitCode: number, cause: unknown) {
    const why = cause === undefined ? `with exit code ${exitCode}` : `by an error: ${messageOf(cause)}`;
    super("PAWL_WORKER_ENDED", `${path}: the worker thread ended ${why}`, { path, cause });
    this.exitCode = exitCode;
  }
}

/** A call after the thread has died and its service is stopping: nothing starts it again. */
export function notStartedAgain(path: string): PawlError {
  return new PawlError(
    "PAWL_WORKER_ENDED",
    `${path}: the worker thread has ended, and is not started again since its service is stopping`,
    { path },
  );
}

/** A call of a worker that took longer than its timeout. */
export class WorkerTimeoutError extends PawlError {
  constructor(path: string, name: string, afterMs: number, terminateOnTimeout: boolean) {
    const next = terminateOnTimeout
      ? "where it was in the thread already, that is ended, as terminateOnTimeout says"
      : "in the worker it goes on until it looks at its signal";
    super("PAWL_WORKER_TIMEOUT", `${path}: ${name}() was not done within ${formatDuration(afterMs)}; ${next}`, {
      path,
    });
  }
}

/** A call of a worker that was refused: as many wait as are taken. */
export class WorkerFullError extends PawlError {
  constructor(path: string, capacity: number) {
    super(
      "PAWL_WORKER_FULL",
      `${path}: ${capacity === 1 ? "1 call waits" : `${capacity} calls wait`} for the worker already; call less, or raise its capacity or concurrency`,
      { path },
    );
  }
}

/** What cannot be sent to a worker. */
export function notSent(path: string, name: string, cause: unknown): PawlError {
  return new PawlError(
    "PAWL_WORKER_NOT_SENT",
    `${path}: the arguments of ${name}() cannot be sent to the worker: ${messageOf(cause)}; send plain data, no functions or instances of classes`,
    { path, cause },
  );
}
