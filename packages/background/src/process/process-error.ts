import { formatDuration, PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** How a child process ended. */
export interface ProcessExit {
  /** Null where a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended it, else null. */
  readonly signal: NodeJS.Signals | null;
  /** How long it ran, in milliseconds. */
  readonly ms: number;
}

/** A child process that failed: it ended with another exit code than 0 or by a signal, or it could not be started. */
export class ProcessError extends PawlError implements ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
  /** The last lines of its standard error. */
  readonly stderr: readonly string[];

  constructor(path: string, label: string, { exitCode, signal, ms }: ProcessExit, stderr: readonly string[]) {
    const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
    const last = stderr.findLast((line) => line.trim() !== "");
    super(
      "PAWL_PROCESS_FAILED",
      `${path}: process "${label}" ${how} after ${formatDuration(ms)}${last === undefined ? "" : `: ${last}`}`,
      { path },
    );
    this.exitCode = exitCode;
    this.signal = signal;
    this.ms = ms;
    this.stderr = stderr;
  }
}

/** The error of what could not be started; `cause` is that of the operating system, with its `code`. */
export function notStarted(
  path: string,
  label: string,
  file: string,
  cwd: string | undefined,
  cause: unknown,
): PawlError {
  const { code } = (cause ?? {}) as { code?: unknown };
  return new PawlError("PAWL_PROCESS_NOT_STARTED", `${path}: process "${label}" could not be started: ${why()}`, {
    path,
    cause,
  });

  function why(): string {
    if (code !== "ENOENT") return messageOf(cause);
    const where = cwd === undefined ? "" : `, or there is no folder ${cwd}`;
    const next = file.includes("/") ? "give the path of a file that exists" : "install it, or give its whole path";
    return `ENOENT, there is no ${file}${where}; ${next}`;
  }
}
