import { AbandonedError, type AbortError, isAbortError, type Service } from "@pawl/kernel";
import {
  type Activity,
  BoundedBuffer,
  type CallSpec,
  cancellation,
  cancelOn,
  LazySignal,
  messageOf,
  type ServiceScope,
  settleFailure,
} from "@pawl/kernel/extend";
import type { FileEvent } from "./known-files.ts";
import type { Watch, WatchFunction, WatchOptions } from "./watch.ts";
import { watchFailed, watchLeft } from "./watch-errors.ts";
import { WatchedPath, type WatchedPathSpec } from "./watched-path.ts";

/** What is known of a watch when it is made. */
export interface WatchParts {
  readonly service: Service;
  readonly label: string;
  readonly paths: readonly string[];
  readonly fn: WatchFunction<Service>;
  readonly options: WatchOptions;
  readonly spec: Omit<WatchedPathSpec, "path" | "onEvent" | "onError">;
}

/** A watch as an activity of its service: tells one event at a time, in the order in which they came. */
export class WatchActivity implements Watch, Activity {
  readonly kind = "watch";
  readonly label: string;
  readonly #scope: ServiceScope;
  readonly #parts: WatchParts;
  readonly #spec: CallSpec;
  readonly #paths: readonly WatchedPath[];
  readonly #signal = new LazySignal();
  readonly #unlink: () => void;
  /** What is still to be told, and the last of it by path. */
  readonly #waiting = new BoundedBuffer<FileEvent>(Number.POSITIVE_INFINITY, "error", "watch()");
  readonly #last = new Map<string, FileEvent>();
  #running = false;
  #telling = false;
  #closed = false;
  #isReady = false;
  #calls = 0;
  #errors = 0;
  #lastAt: number | undefined;
  #lastError: { readonly error: unknown } | undefined;

  constructor(scope: ServiceScope, parts: WatchParts) {
    this.#scope = scope;
    this.#parts = parts;
    this.label = parts.label;
    // It drains: what was seen before the stop is told before signals are aborted.
    this.#spec = { kind: "watch", label: parts.label, drains: true, detached: true };
    scope.add(this);
    this.#paths = parts.paths.map(
      (path) =>
        new WatchedPath({
          ...parts.spec,
          path,
          onEvent: (event) => this.#take(event),
          onError: (error) => this.#failed(watchFailed(scope.path, this.label, error)),
        }),
    );
    void Promise.all(this.#paths.map(({ ready }) => ready)).then(() => {
      if (!this.#closed) this.#isReady = true;
    });
    this.#unlink = cancelOn(parts.options.signal, () => this.cancel());
  }

  // Made when it is asked for: most never look, and a rejection that nobody looks at is no failure.
  get ready(): Promise<void> {
    return Promise.all(this.#paths.map(({ ready }) => ready)).then(() => {
      if (this.#closed && !this.#isReady) throw this.#cancellation();
    });
  }

  cancel(): void {
    this.#drop();
    this.close();
    this.#signal.abort(() => this.#cancellation());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unlink();
    const closing = Promise.all(this.#paths.map((path) => path.close()));
    this.#scope.track({ ...this.#spec, kind: "end of watch" }, closing, {
      ok() {},
      fail: (error) => {
        if (!(error instanceof AbandonedError)) this.#scope.fail(this.#spec, error);
      },
    });
    this.#removeIfDone();
  }

  abort(reason: AbortError): void {
    this.#signal.abort(() => reason);
    const left = this.#drop();
    if (left > 0) this.#scope.fail(this.#spec, watchLeft(this.#scope.path, this.label, left));
    this.#removeIfDone();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    const { clock } = this.#scope;
    return {
      paths: this.#parts.paths,
      ready: this.#isReady,
      calls: this.#calls,
      errors: this.#errors,
      running: this.#running,
      waiting: this.#waiting.size,
      ...(this.#lastAt === undefined
        ? {}
        : { lastAt: new Date(clock.wallTime() + this.#lastAt - clock.now()).toISOString() }),
      ...(this.#lastError === undefined ? {} : { lastError: messageOf(this.#lastError.error) }),
    };
  }

  #take(event: FileEvent): void {
    if (this.#closed) return;
    // A file that changes on and on waits once: it is read as it is by then.
    const last = this.#last.get(event.path);
    if (event.kind === "changed" && last && last.kind !== "deleted") return;
    this.#waiting.push(event);
    this.#last.set(event.path, event);
    this.#tell();
  }

  /** Calls for one event after the other, as far as none is in flight. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    while (!this.#running) {
      const event = this.#waiting.shift();
      if (!event) break;
      if (this.#last.get(event.path) === event) this.#last.delete(event.path);
      this.#call(event);
    }
    this.#telling = false;
    this.#removeIfDone();
  }

  /** Gives how many events are not told. */
  #drop(): number {
    this.#last.clear();
    return this.#waiting.clear().length;
  }

  #call(event: FileEvent): void {
    const { clock } = this.#scope;
    const { fn, service } = this.#parts;
    this.#running = true;
    this.#calls++;
    this.#lastAt = clock.now();
    this.#scope.run(this.#spec, () => fn.call(service, event, this.#signal.context), {
      ok: () => this.#ended(),
      fail: (error) => {
        if (error instanceof AbandonedError) this.#drop();
        else if (!(this.#signal.aborted && isAbortError(error))) this.#failed(error);
        this.#ended();
      },
    });
  }

  #ended(): void {
    this.#running = false;
    this.#tell();
  }

  #removeIfDone(): void {
    if (this.#closed && !this.#running && this.#waiting.size === 0) this.#scope.remove(this);
  }

  #failed(error: unknown): void {
    this.#errors++;
    this.#lastError = { error };
    settleFailure(this.#scope, this.#spec, error, this.#parts.options.onError ?? "report", this.#closed);
  }

  #cancellation(): AbortError {
    const { path } = this.#scope;
    return cancellation(`${path}: watch "${this.label}" was cancelled`, path);
  }
}
