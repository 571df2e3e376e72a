import { basename } from "node:path";
import {
  type ActivityOptions,
  type Awaitable,
  type Duration,
  formatDuration,
  type Handle,
  milliseconds,
  type OnFailure,
  PawlRangeError,
  PawlTypeError,
  type Service,
} from "@pawl/kernel";
import { checkCallback, checkOptions, scopeOf } from "@pawl/kernel/extend";
import { ProcessActivity } from "./process-activity.ts";
import type { ProcessExit } from "./process-error.ts";

/** What callbacks of lines get last. */
export interface LineContext {
  /** Where the line was written to. */
  readonly source: "stdout" | "stderr";
  /** Aborted with an `AbortError` when the process is cancelled or its service stops. */
  readonly signal: AbortSignal;
}

/** Gets one line, without its end, on the service. What it returns is awaited before the next line of that stream. */
export type LineFunction<S> = (this: S, line: string, context: LineContext) => unknown;

/** How a child process is run. */
export interface ProcessOptions<S = Service> extends ActivityOptions {
  /** Gets the lines of both streams, as far as they have no function of their own. */
  readonly onLine?: LineFunction<S>;
  /** Gets the lines of standard output. */
  readonly onStdout?: LineFunction<S>;
  /** Gets the lines of standard error. */
  readonly onStderr?: LineFunction<S>;
  /** A longer line is told in pieces of this many characters. @default 65_536 */
  readonly maxLineLength?: number;
  /** The folder that it runs in. @default that of this process */
  readonly cwd?: string | URL;
  /** Environment variables, added to those of this process; one that is undefined is left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether it gets the environment variables of this process. @default true */
  readonly inheritEnv?: boolean;
  /** `"pipe"` for what `write` is to be called on; else its standard input is empty. @default "ignore" */
  readonly stdin?: "pipe" | "ignore";
  /**
   * How long it has from SIGTERM to SIGKILL, at most `stopTimeout` of the service.
   *
   * @default "5s", or half of `stopTimeout` where that is shorter
   */
  readonly killAfter?: Duration;
  /** It is to run as long as its service: where it ends by itself it has failed, with exit code 0 too. @default false */
  readonly longRunning?: boolean;
  /**
   * What becomes of a failure: of the process, where nobody holds its handle (`"crash"` by default), and of a function
   * that was given a line (`"report"` by default; the process goes on).
   */
  readonly onError?: OnFailure;
}

/**
 * A running child process. Awaiting it, or calling `then` or `catch`, makes its failure the caller's; a failure that
 * nobody holds is a crash of the service.
 */
export interface ChildProcess extends Handle, Awaitable<ProcessExit> {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
  /**
   * Writes to its standard input; resolves when it is through the pipe.
   *
   * @throws PawlError `PAWL_PROCESS_NO_INPUT`, as a rejection, where it has none or has closed it
   */
  write(data: string | Uint8Array): Promise<void>;
  /** Ends its standard input. */
  endInput(): void;
  /** Sends a signal to the process itself, not to what it has started; gives whether it was there to get it. */
  kill(signal?: NodeJS.Signals): boolean;
}

const defaultKillAfter = 5_000;
const defaultLineLength = 65_536;

/**
 * Starts a program as a child process of `service`, and tells its lines as they come. Resolves with how it ended: exit
 * code 0. Any other exit code, an end by a signal and a failure to start are failures.
 *
 * When the service stops (step 2), or the handle is cancelled, the process and all that it has started get SIGTERM, and
 * SIGKILL after `killAfter`; the stop waits for it, and its last lines are still told. Its handle rejects with an
 * `AbortError` then, whatever its exit code. It does not outlive this process
 * either, also where that is killed by SIGKILL (on Windows: only where that ends by itself).
 *
 * @param file the program: a name that is looked up in `PATH`, or a path; no shell is involved
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * const convert = childProcess(this, "ffmpeg", ["-i", "talk.mov", "talk.mp4"], {
 *   onStderr: (line) => this.log.info(line),
 * });
 * const { ms } = await convert;
 */
export function childProcess<S extends Service>(
  service: S,
  file: string | URL,
  args: readonly string[] = [],
  options: ProcessOptions<NoInfer<S>> = {},
): ChildProcess {
  const scope = scopeOf(service, "childProcess");
  check(file, args, options);
  const { stopTimeout } = scope;
  const killAfter =
    options.killAfter === undefined
      ? Math.min(defaultKillAfter, stopTimeout / 2)
      : milliseconds(options.killAfter, "childProcess(…, { killAfter })");
  if (killAfter > stopTimeout) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `childProcess(…, { killAfter }): it is ${formatDuration(killAfter)}, but the stop of ${scope.path} waits for ${formatDuration(stopTimeout)} only; shorten it, or raise stopTimeout`,
    );
  }
  const label = options.label ?? (basename(file instanceof URL ? file.pathname : file) || String(file));
  return new ProcessActivity(scope, {
    service,
    label,
    options: options as ProcessOptions,
    maxLineLength: options.maxLineLength ?? defaultLineLength,
    spec: {
      file,
      args,
      cwd: options.cwd,
      env: options.env,
      inheritEnv: options.inheritEnv ?? true,
      stdin: options.stdin ?? "ignore",
      killAfter,
      label: `${scope.path}: process "${label}"`,
    },
  });
}

const callbacks = ["onLine", "onStdout", "onStderr"] as const;

function check(file: unknown, args: unknown, options: ProcessOptions<never>): void {
  if (!(file instanceof URL) && (typeof file !== "string" || file === "")) {
    throw bad("childProcess(service, file): it must be a name, a path or a file: URL", file);
  }
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== "string")) {
    throw bad("childProcess(service, file, args): it must be an array of strings", args);
  }
  checkOptions("childProcess", options);
  for (const name of callbacks)
    if (options[name] !== undefined) checkCallback(`childProcess(…, { ${name} })`, options[name]);
  const { stdin, maxLineLength: length } = options;
  if (stdin !== undefined && stdin !== "pipe" && stdin !== "ignore") {
    throw bad('childProcess(…, { stdin }): it must be "pipe" or "ignore"', stdin);
  }
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 1)) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `childProcess(…, { maxLineLength }): it must be 1 or more, not ${length}`,
    );
  }
}

function bad(what: string, value: unknown): PawlTypeError {
  return new PawlTypeError("PAWL_BAD_OPTION", `${what}, not ${JSON.stringify(value) ?? String(value)}`);
}
