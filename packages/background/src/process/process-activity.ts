import type { Readable } from "node:stream";
import { AbandonedError, type AbortError, PawlError, type Service } from "@pawl/kernel";
import {
  type Activity,
  type CallSpec,
  cancellation,
  cancelOn,
  HeldHandle,
  LazySignal,
  type Outcome,
  type ServiceScope,
  settleFailure,
} from "@pawl/kernel/extend";
import type { ChildProcess, LineContext, ProcessOptions } from "./child-process.ts";
import { LineSplitter } from "./line-splitter.ts";
import { notStarted, ProcessError, type ProcessExit } from "./process-error.ts";
import { type ProcessEnd, type ProcessSpec, ProcessTree } from "./process-tree.ts";
import { Tail } from "./tail.ts";

type Source = LineContext["source"];

/** What is known of a process when it is made. */
export interface ProcessParts {
  readonly service: Service;
  readonly label: string;
  readonly spec: ProcessSpec;
  readonly options: ProcessOptions;
  /** In UTF-16 code units. */
  readonly maxLineLength: number;
}

/** A child process as an activity of its service. */
export class ProcessActivity extends HeldHandle<ProcessExit> implements ChildProcess, Activity {
  readonly kind = "process";
  readonly label: string;
  state: ChildProcess["state"] = "running";
  readonly #scope: ServiceScope;
  readonly #parts: ProcessParts;
  readonly #spec: CallSpec;
  readonly #tree: ProcessTree;
  readonly #startedAt: number;
  readonly #signal = new LazySignal();
  readonly #unlink: () => void;
  readonly #errorLines = new Tail();
  /** Why it is being ended, where not by itself. */
  #ending: AbortError | undefined;
  /** Nobody is told of its lines any more. */
  #left = false;
  #lines = 0;
  #lastAt: number | undefined;

  constructor(scope: ServiceScope, parts: ProcessParts) {
    super();
    this.#scope = scope;
    this.#parts = parts;
    this.label = parts.label;
    this.#spec = { kind: "process", label: parts.label, detached: true };
    this.#startedAt = scope.clock.now();
    this.#tree = new ProcessTree(parts.spec, scope.clock);
    scope.add(this);
    const { path, facts } = scope;
    if (this.pid !== undefined) facts.record("process.started", { path, label: this.label, pid: this.pid });
    this.#unlink = cancelOn(parts.options.signal, () => this.cancel());
    const read = Promise.all([this.#read("stdout", this.#tree.stdout), this.#read("stderr", this.#tree.stderr)]);
    const over = this.#tree.gone.then(async (end) => {
      await read;
      return end;
    });
    scope.track(this.#spec, over, {
      ok: (end) => this.#ended(end),
      fail: (error) => this.#abandoned(error),
    });
  }

  get pid(): number | undefined {
    return this.#tree.pid;
  }

  write(data: string | Uint8Array): Promise<void> {
    const { stdin } = this.#tree;
    const refused = (cause?: unknown) => {
      const why = stdin ? "it has ended, or has closed its standard input" : 'it was started without { stdin: "pipe" }';
      const message = `${this.#scope.path}: process "${this.label}" takes no input: ${why}`;
      return new PawlError("PAWL_PROCESS_NO_INPUT", message, { path: this.#scope.path, cause });
    };
    if (!stdin?.writable) return Promise.reject(refused());
    return new Promise((resolve, reject) => {
      stdin.write(data, (error) => (error ? reject(refused(error)) : resolve()));
    });
  }

  endInput(): void {
    this.#tree.stdin?.end();
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): boolean {
    return this.#tree.signal(signal);
  }

  cancel(): void {
    if (this.state !== "running") return;
    const { path } = this.#scope;
    this.abort(cancellation(`${path}: process "${this.label}" was cancelled`, path));
  }

  // It goes on until its signal is aborted: what it still says is told.
  close(): void {}

  abort(reason: AbortError): void {
    this.#ending ??= reason;
    this.#signal.abort(() => reason);
    this.#tree.end();
  }

  inspect(): Record<string, unknown> {
    const { clock } = this.#scope;
    const now = clock.now();
    return {
      ...(this.pid === undefined ? {} : { pid: this.pid }),
      state: this.#ending ? "ending" : "running",
      uptimeMs: Math.round(now - this.#startedAt),
      lines: this.#lines,
      ...(this.#lastAt === undefined ? {} : { lastAt: new Date(clock.wallTime() + this.#lastAt - now).toISOString() }),
    };
  }

  /** Tells the lines of one stream, one after the other; the pipe is read no faster than that. */
  async #read(source: Source, stream: Readable): Promise<void> {
    const splitter = new LineSplitter(this.#parts.maxLineLength);
    const tell = this.#teller(source);
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) await tell(splitter.push(chunk));
    } catch {
      // Cut off: what was read until then is still told.
    }
    await tell(splitter.end());
  }

  #teller(source: Source): (lines: Iterable<string>) => Promise<void> {
    const { onLine, onStderr, onStdout } = this.#parts.options;
    const own = source === "stdout" ? onStdout : onStderr;
    const fn = own ?? onLine;
    const context = new ProcessLineContext(source, this.#signal);
    return async (lines) => {
      for (const line of lines) {
        if (this.#left) return;
        this.#lines++;
        this.#lastAt = this.#scope.clock.now();
        if (source === "stderr") this.#errorLines.push(line);
        const call = fn && this.#call(() => fn.call(this.#parts.service, line, context));
        // Awaited only where there is something to wait for: a chunk has thousands of lines.
        if (call) await call;
      }
    };
  }

  /** Calls user code; gives a promise where it has not settled yet. */
  #call(fn: () => unknown): Promise<void> | undefined {
    let settled = false;
    let settle = () => {};
    const spec: CallSpec = { ...this.#spec, kind: "line of process" };
    const done = () => {
      settled = true;
      settle();
    };
    this.#scope.run(spec, fn, {
      ok: done,
      fail: (error) => {
        done();
        // An abandonment is told by the stop.
        if (error instanceof AbandonedError) return;
        settleFailure(this.#scope, spec, error, this.#parts.options.onError ?? "report", this.#ending !== undefined);
      },
    });
    if (settled) return undefined;
    return new Promise((resolve) => {
      settle = resolve;
    });
  }

  #ended(end: ProcessEnd): void {
    const { facts, path } = this.#scope;
    const { label, pid } = this;
    const { spec } = this.#parts;
    if ("notStarted" in end) {
      this.#failed(notStarted(path, label, String(spec.file), spec.cwd && String(spec.cwd), end.notStarted));
      return;
    }
    const exit: ProcessExit = { ...end, ms: this.#scope.clock.now() - this.#startedAt };
    if (pid !== undefined) facts.record("process.exited", { path, label, pid, ...exit });
    // However politely it went: what it was to do may not be done.
    if (this.#ending) this.#settle({ error: this.#ending }, "cancelled");
    else if (exit.exitCode === 0 && !this.#parts.options.longRunning) this.#settle({ value: exit }, "succeeded");
    else this.#failed(new ProcessError(path, label, exit, this.#errorLines.lines));
  }

  /** One turn of the event loop later the failure is the holder's, if there is one, else the service's. */
  #failed(error: PawlError): void {
    const scope = this.#scope;
    const cancelled = this.#ending !== undefined;
    this.#settle({ error }, "failed");
    this.outcome.judge(
      scope.clock,
      (verdict, end) => scope.track(this.#spec, verdict, end),
      () => settleFailure(scope, this.#spec, error, this.#parts.options.onError ?? "crash", cancelled),
    );
  }

  /** The stop waits no longer, so neither does the process. */
  #abandoned(error: unknown): void {
    this.#left = true;
    this.#tree.kill();
    this.#tree.leaveOutput();
    this.#settle({ error }, "failed");
  }

  #settle(outcome: Outcome<ProcessExit>, state: ChildProcess["state"]): void {
    this.state = state;
    this.#unlink();
    this.#scope.remove(this);
    this.outcome.settle(outcome);
  }
}

/** What callbacks of lines get last. */
class ProcessLineContext implements LineContext {
  readonly source: Source;
  readonly #lazy: LazySignal;

  constructor(source: Source, lazy: LazySignal) {
    this.source = source;
    this.#lazy = lazy;
  }

  get signal(): AbortSignal {
    return this.#lazy.signal;
  }
}
