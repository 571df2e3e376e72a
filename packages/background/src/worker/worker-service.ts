import { type AbortError, NotRunningError, Service } from "@pawl/kernel";
import { type Activity, cancellation, messageOf, scopeOf } from "@pawl/kernel/extend";
import { type CallLimits, type ThreadSpec, WorkerThread } from "./worker-thread.ts";

/** A worker thread as a service: it is owned by the service that has made it, and each of its runs has a new thread. */
export class WorkerService extends Service {
  /** The names of the functions that the module exports. */
  names: readonly string[] = [];
  readonly #label: string;
  readonly #spec: Omit<ThreadSpec, "path">;
  #thread: WorkerThread | undefined;

  constructor(spec: Omit<ThreadSpec, "path">) {
    super();
    this.#label = spec.label;
    this.#spec = spec;
  }

  /** The name that its owner has given it, or the one that it would like. */
  override get name(): string {
    return super.name || this.#label;
  }

  override async onStart(): Promise<void> {
    const scope = scopeOf(this, "worker");
    const thread = new WorkerThread({ ...this.#spec, path: this.path }, scope.clock, (error) => {
      scope.remove(activity);
      this.fail(error);
    });
    const activity = new ThreadActivity(thread, this.#label);
    this.#thread = thread;
    scope.add(activity);
    this.addCleanup(async function endThread() {
      thread.terminate(cancellation(`${this.path}: it was stopped`, this.path));
      await thread.ended;
      scope.remove(activity);
    });
    this.names = await thread.ready;
  }

  get isRunning(): boolean {
    return this.#thread?.isReady === true;
  }

  /** The thread of this run. @throws NotRunningError while there is none */
  get thread(): WorkerThread {
    if (this.#thread && this.isRunning) return this.#thread;
    throw new NotRunningError(`${this.path}: its worker thread is not running, and may be restarting`, {
      path: this.path,
    });
  }

  /** Calls an exported function; the stop waits for it. */
  async call(name: string, args: readonly unknown[], limits: CallLimits): Promise<unknown> {
    const scope = scopeOf(this, `call.${name}`);
    const { thread } = this;
    return new Promise((resolve, reject) => {
      const call = () => {
        const result = thread.call(name, args, limits);
        result.then(resolve, reject);
        return result;
      };
      scope.run({ kind: "call", label: name, drains: true }, call, callerIsTold);
    });
  }
}

const callerIsTold = { ok() {}, fail() {} };

/** The thread in the tree. */
class ThreadActivity implements Activity {
  readonly kind = "worker";
  readonly label: string;
  readonly #thread: WorkerThread;

  constructor(thread: WorkerThread, label: string) {
    this.#thread = thread;
    this.label = label;
  }

  // The scope refuses calls by itself; those that were taken are worked off first.
  close(): void {}

  // Also where a start is given up: it waits for nothing that the module does.
  abort(reason: AbortError): void {
    this.#thread.terminate(reason);
  }

  inspect(): Record<string, unknown> {
    const { worker, calls, running, waiting, errors, lastError } = this.#thread;
    return {
      threadId: worker.threadId,
      calls,
      running,
      waiting,
      errors,
      ...(lastError ? { lastError: messageOf(lastError.error) } : {}),
    };
  }
}
