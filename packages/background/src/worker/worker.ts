import { basename } from "node:path";
import type { ResourceLimits, Transferable, Worker } from "node:worker_threads";
import {
  type Duration,
  milliseconds,
  PawlRangeError,
  PawlTypeError,
  type Service,
  type SuperviseOptions,
} from "@pawl/kernel";
import { checkSignal, scopeOf } from "@pawl/kernel/extend";
import { notStartedAgain } from "./worker-errors.ts";
import { WorkerService } from "./worker-service.ts";
import type { CallLimits } from "./worker-thread.ts";

/** How a worker thread is run, and what happens when it dies. */
export interface WorkerOptions extends SuperviseOptions {
  /** Its name as a child of its owner. @default the name of the file */
  readonly label?: string;
  /** How many calls are in the thread at once. @default 1 */
  readonly concurrency?: number;
  /** How many more wait; the next one is refused. @default 1_000 */
  readonly capacity?: number;
  /**
   * Whether a call that is in the thread when its `timeout` is over ends the thread, for functions that never look at
   * their signal. The other calls that are in it reject with `PAWL_WORKER_ENDED`, and it is restarted as after any death.
   *
   * @default false
   */
  readonly terminateOnTimeout?: boolean;
  /** What the module finds as `workerData` of `node:worker_threads`. */
  readonly data?: unknown;
  /** Flags of Node. @default those of this process, `--conditions` included */
  readonly execArgv?: readonly string[];
  /** How much memory the thread may have; one that needs more dies. */
  readonly resourceLimits?: ResourceLimits;
  /** @default "on-failure" */
  readonly restart?: NonNullable<SuperviseOptions["restart"]>;
}

/** How one call is made. */
export interface CallOptions {
  /** How long the caller waits at most, the time in line included. */
  readonly timeout?: Duration;
  /** When it is aborted the caller waits no longer. */
  readonly signal?: AbortSignal;
  /** What is moved to the thread instead of copied. */
  readonly transfer?: readonly Transferable[];
}

/** The functions that a module exports, called in a worker thread: each gives a promise. */
export type WorkerCalls<Module> = {
  readonly [Name in keyof Module as Module[Name] extends (...args: never[]) => unknown
    ? Name
    : never]: Module[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** A worker thread with the functions of its module. */
export interface WorkerHandle<Module> {
  /** Its owner path, as a child of the service that has started it. */
  readonly path: string;
  /**
   * The functions that the module exports. A call rejects with the error of the function; with `PAWL_WORKER_ENDED` where
   * the thread dies meanwhile, or has died and is not started again since its service stops; with a `NotRunningError`
   * while the thread is not running, also during its restart.
   */
  readonly call: WorkerCalls<Module>;
  /** The same functions, called with these options. @throws TypeError or RangeError */
  with(options: CallOptions): WorkerCalls<Module>;
  /** The thread of Node that runs now; a restart makes a new one. @throws NotRunningError */
  readonly thread: Worker;
  /** Stops it: calls are worked off, then the thread is ended. It stays down. */
  stop(): Promise<void>;
}

/**
 * Starts a worker thread as a child of `service`; resolves when its module is loaded. The functions that the module
 * exports can be called with whatever can be cloned; each is called with `this` = `{ signal }`, aborted when its caller
 * waits no longer.
 *
 * The calls of a thread that dies (an uncaught error, `process.exit`, out of memory, ended from outside) are rejected, and
 * it is restarted as its options say: after a growing wait, three times in five seconds; then it is a crash of `service`.
 * When the service stops, calls are worked off, and then the thread is ended, also one that hangs.
 *
 * @throws StartError where the module cannot be loaded; NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`
 * @example
 * const hasher = await worker<typeof import("./hash.ts")>(this, new URL("./hash.ts", import.meta.url));
 * const sum = await hasher.call.hash("talk.mov");
 */
export async function worker<Module extends object>(
  service: Service,
  url: URL,
  options: WorkerOptions = {},
): Promise<WorkerHandle<Module>> {
  check(url, options);
  const { label, concurrency = 1, capacity = 1_000, terminateOnTimeout = false, data, ...others } = options;
  const { execArgv, resourceLimits, ...supervision } = others;
  const owner = scopeOf(service, "worker");
  const child = new WorkerService({
    label: label ?? nameOf(url),
    url,
    concurrency,
    capacity,
    terminateOnTimeout,
    data,
    execArgv,
    resourceLimits,
  });
  await service.adopt(child, { restart: "on-failure", ...supervision });
  const callsWith = (limits: CallLimits) =>
    Object.freeze(
      Object.fromEntries(
        child.names.map((name) => [
          name,
          (...args: readonly unknown[]) =>
            child.isRunning || !owner.isStopping
              ? child.call(name, args, limits)
              : Promise.reject(notStartedAgain(child.path)),
        ]),
      ),
    ) as WorkerCalls<Module>;
  return {
    get path() {
      return child.path;
    },
    call: callsWith({ timeout: undefined, signal: undefined, transfer: [] }),
    with: (callOptions) => callsWith(limitsOf(callOptions)),
    get thread() {
      return child.thread.worker;
    },
    stop: () => child.stop(),
  };
}

/** `file:///app/hash.ts` → `hash`. */
function nameOf(url: URL): string {
  const name = basename(url.pathname).replace(/\.[^.]*$/, "");
  return /^[\w-]+$/.test(name) ? name : "worker";
}

function limitsOf({ timeout, signal, transfer = [] }: CallOptions): CallLimits {
  checkSignal(signal);
  if (!Array.isArray(transfer)) throw new PawlTypeError("PAWL_BAD_OPTION", "with({ transfer }): it must be an array");
  return {
    timeout: timeout === undefined ? undefined : milliseconds(timeout, "with({ timeout })"),
    signal,
    transfer,
  };
}

function check(url: unknown, options: WorkerOptions): void {
  if (!(url instanceof URL)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `worker(service, url): it must be a URL, such as new URL("./hash.ts", import.meta.url), not ${String(url)}`,
    );
  }
  if (typeof options !== "object" || options === null) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `worker(): its options must be an object, not ${String(options)}`);
  }
  const { terminateOnTimeout: ends } = options;
  if (ends !== undefined && typeof ends !== "boolean") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `worker(…, { terminateOnTimeout }): it must be true or false, not ${String(ends)}`,
    );
  }
  for (const name of ["concurrency", "capacity"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new PawlRangeError("PAWL_BAD_OPTION", `worker(…, { ${name} }): it must be 1 or more, not ${value}`);
  }
}
