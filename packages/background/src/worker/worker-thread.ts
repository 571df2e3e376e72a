import { MessageChannel, type MessagePort, receiveMessageOnPort, type Transferable, Worker } from "node:worker_threads";
import type { Clock } from "@pawl/kernel";
import { carry, rebuilt } from "./carried-error.ts";
import { notSent, WorkerEndedError, WorkerFullError, WorkerTimeoutError } from "./worker-errors.ts";
import type { FromThread, Opening, ToThread } from "./worker-messages.ts";

/** How a thread is made. */
export interface ThreadSpec {
  readonly path: string;
  readonly label: string;
  readonly url: URL;
  readonly data: unknown;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: import("node:worker_threads").ResourceLimits | undefined;
  /** How many calls are in the thread at once. */
  readonly concurrency: number;
  /** How many more wait. */
  readonly capacity: number;
  /** Whether a call that takes longer than its timeout ends the thread. */
  readonly terminateOnTimeout: boolean;
}

/** How one call is made. */
export interface CallLimits {
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly transfer: readonly Transferable[];
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly limits: CallLimits;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Nobody waits for it any more: it was answered, or given up. */
  settled: boolean;
  /** Takes back its timer and its listener. */
  release: () => void;
}

// In the sources this file is TypeScript, and so is the entry; when built, neither is.
const entry = new URL(`./worker-entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** One worker thread from its start to its end, and the calls that it was given. */
export class WorkerThread {
  readonly worker: Worker;
  /** Resolves with the names of the exported functions when the module is loaded; rejects where the thread ends before. */
  readonly ready: Promise<readonly string[]>;
  isReady = false;
  /** Resolves when the thread has ended, and nothing of it is left in this one. */
  readonly ended: Promise<void>;
  calls = 0;
  errors = 0;
  /** Wrapped, since anything can be thrown: how a call in the thread has failed last. */
  lastError: { readonly error: unknown } | undefined;
  readonly #spec: ThreadSpec;
  readonly #clock: Clock;
  readonly #port: MessagePort;
  /** In line, oldest first; one that is given up leaves it. */
  readonly #waiting = new Set<Call>();
  readonly #running = new Map<number, Call>();
  readonly #ready = Promise.withResolvers<readonly string[]>();
  /** Set when it is being ended: what its calls are rejected with. */
  #endedFor: { readonly reason: unknown } | undefined;
  /** What has ended it unasked: an error of its own, or a call that took too long. */
  #uncaught: unknown;

  /** @param onDeath is called where the thread ends unasked, when all of its calls are rejected */
  constructor(spec: ThreadSpec, clock: Clock, onDeath: (error: WorkerEndedError) => void) {
    this.#spec = spec;
    this.#clock = clock;
    this.ready = this.#ready.promise;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.worker = new Worker(entry, {
      name: spec.label,
      workerData: spec.data,
      ...(spec.execArgv ? { execArgv: [...spec.execArgv] } : {}),
      ...(spec.resourceLimits ? { resourceLimits: spec.resourceLimits } : {}),
    });
    this.worker.once("error", (error) => {
      this.#uncaught ??= error;
    });
    const exited = new Promise<void>((resolve) => {
      this.worker.once("exit", (exitCode) => {
        this.#onExit(exitCode, onDeath);
        resolve();
      });
    });
    // The port closes one turn later: nothing is left of the thread then.
    const closed = new Promise<void>((resolve) => {
      port1.once("close", () => resolve());
    });
    this.ended = Promise.all([exited, closed]).then(() => {});
    port1.on("message", (message: FromThread) => this.#take(message));
    this.worker.postMessage({ url: spec.url.href, port: port2 } satisfies Opening, [port2]);
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Calls an exported function; `limits` are checked. */
  call(name: string, args: readonly unknown[], limits: CallLimits): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (limits.signal?.aborted) {
        reject(limits.signal.reason);
        return;
      }
      const call: Call = { id: ++this.calls, name, args, limits, resolve, reject, settled: false, release() {} };
      if (this.#running.size < this.#spec.concurrency) this.#send(call);
      else if (this.#waiting.size < this.#spec.capacity) this.#waiting.add(call);
      else {
        reject(new WorkerFullError(this.#spec.path, this.#spec.capacity));
        return;
      }
      if (!call.settled) this.#limit(call);
    });
  }

  /** Ends the thread, also where it is in an endless loop; its calls are rejected with `reason`. */
  terminate(reason: unknown): void {
    if (this.#endedFor) return;
    this.#endedFor = { reason };
    void this.worker.terminate();
  }

  #limit(call: Call): void {
    const { timeout, signal } = call.limits;
    const { path } = this.#spec;
    const cancelTimer =
      timeout === undefined
        ? undefined
        : this.#clock.setTimer(
            () => this.#timeIsUp(call, new WorkerTimeoutError(path, call.name, timeout, this.#spec.terminateOnTimeout)),
            timeout,
            `${path}: ${call.name}()`,
          );
    const onAbort = () => this.#giveUp(call, signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    call.release = () => {
      cancelTimer?.();
      signal?.removeEventListener("abort", onAbort);
    };
  }

  #timeIsUp(call: Call, error: WorkerTimeoutError): void {
    const isInThread = this.#running.has(call.id);
    this.#giveUp(call, error);
    if (!isInThread || !this.#spec.terminateOnTimeout) return;
    this.#uncaught ??= error;
    void this.worker.terminate();
  }

  /** Its caller waits no longer. One that runs keeps its place until it has ended; it may look at its signal. */
  #giveUp(call: Call, reason: unknown): void {
    if (call.settled) return;
    this.#settle(call, () => call.reject(reason));
    this.#waiting.delete(call);
    if (this.#running.has(call.id)) this.#tell({ kind: "cancel", id: call.id, error: carry(reason) });
  }

  #send(call: Call): void {
    const { id, name, args, limits } = call;
    this.#running.set(id, call);
    try {
      this.#tell({ kind: "call", id, name, args }, limits.transfer);
    } catch (error) {
      this.#running.delete(id);
      this.#settle(call, () => call.reject(notSent(this.#spec.path, name, error)));
    }
  }

  #sendNext(): void {
    for (const call of this.#waiting) {
      if (this.#running.size >= this.#spec.concurrency) return;
      this.#waiting.delete(call);
      this.#send(call);
    }
  }

  #tell(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  #take(message: FromThread): void {
    if (message.kind === "ready") {
      this.isReady = true;
      this.#ready.resolve(message.names);
    } else if (message.kind === "notLoaded") {
      const reason = rebuilt(message.error);
      this.#ready.reject(reason);
      this.terminate(reason);
    } else {
      const call = this.#running.get(message.id);
      this.#running.delete(message.id);
      if (message.kind === "failure") {
        this.errors++;
        this.lastError = { error: rebuilt(message.error) };
      }
      if (call && !call.settled) {
        this.#settle(call, () => {
          if (message.kind === "result") call.resolve(message.value);
          else call.reject(rebuilt(message.error));
        });
      }
      this.#sendNext();
    }
  }

  #settle(call: Call, how: () => void): void {
    call.settled = true;
    call.release();
    how();
  }

  #onExit(exitCode: number, onDeath: (error: WorkerEndedError) => void): void {
    // What it said last may have come after its end.
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) {
      this.#take(last.message as FromThread);
    }
    this.#port.close();
    const wasReady = this.isReady;
    this.isReady = false;
    const death = this.#endedFor ? undefined : new WorkerEndedError(this.#spec.path, exitCode, this.#uncaught);
    const reason = death ?? this.#endedFor?.reason;
    this.#ready.reject(reason);
    const left = [...this.#running.values(), ...this.#waiting];
    this.#running.clear();
    this.#waiting.clear();
    for (const call of left) if (!call.settled) this.#settle(call, () => call.reject(reason));
    if (death && wasReady) onDeath(death);
  }
}
