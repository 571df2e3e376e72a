import { type AbortError, NotRunningError } from "@pawl/kernel";
import type { CallSpec, ServiceScope } from "@pawl/kernel/extend";
import type { QueueName } from "../errors/queue-errors.ts";

/** Why what is left was not worked off: it was cancelled, or a stop or crash came first, which is told. */
interface Cut {
  readonly reason: AbortError;
  readonly told: boolean;
}

/**
 * How far the end of a queue has come. It is closed by its user, and takes no more; or drained by a stop, and takes only
 * what comes from the drain itself, until signals are aborted; or cut short.
 */
export class QueueEnding {
  readonly #scope: ServiceScope;
  readonly #name: QueueName;
  readonly #spec: CallSpec;
  readonly #watchers = new Set<() => void>();
  /** There while somebody waits until everything is worked off. */
  #workedOff: PromiseWithResolvers<void> | undefined;
  #isClosed = false;
  /** Until when a stop lets it work, on the clock. */
  #drainUntil: number | undefined;
  #cut: Cut | undefined;

  constructor(scope: ServiceScope, name: QueueName, spec: CallSpec) {
    this.#scope = scope;
    this.#name = name;
    this.#spec = { ...spec, drains: true };
  }

  /** Whether nothing is taken any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isDraining(): boolean {
    return this.#drainUntil !== undefined;
  }

  get isCut(): boolean {
    return this.#cut !== undefined;
  }

  /** Whether the code here may push. */
  get takesHere(): boolean {
    return !this.#isClosed && (!this.isDraining || this.#scope.isDraining);
  }

  /** Whether a stop leaves time for what is due then, on the clock. */
  leavesTimeFor(dueAt: number): boolean {
    return this.#drainUntil === undefined || dueAt <= this.#drainUntil;
  }

  /** Whether what was aborted for this reason was cut short by what is told, and not cancelled before. */
  isLeft(aborted: AbortError | undefined): boolean {
    return this.#cut?.told === true && aborted === this.#cut.reason;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tell();
  }

  /** Begins the drain of a stop; false where that was done. */
  drain(): boolean {
    if (this.isDraining) return false;
    const { clock, stopTimeout } = this.#scope;
    this.#drainUntil = clock.now() + stopTimeout;
    this.#tell();
    return true;
  }

  /** Closes it without waiting for anything; false where that was done. */
  cutShort(cut: Cut): boolean {
    if (this.#cut) return false;
    this.#cut = cut;
    this.#isClosed = true;
    this.tellWorkedOff();
    this.#tell();
    return true;
  }

  /** Resolves when what there is was worked off, or is cut short; a stop waits for that before it aborts signals. */
  untilWorkedOff(): Promise<void> {
    if (this.#cut) return Promise.resolve();
    if (!this.#workedOff) {
      this.#workedOff = Promise.withResolvers();
      this.#scope.track(this.#spec, this.#workedOff.promise, { ok() {}, fail() {} });
    }
    return this.#workedOff.promise;
  }

  tellWorkedOff(): void {
    this.#workedOff?.resolve();
    this.#workedOff = undefined;
  }

  /** Calls `fn` whenever the end comes nearer; gives back how to be told no longer. */
  watch(fn: () => void): () => void {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
  }

  closedError(): NotRunningError {
    const { path, what } = this.#name;
    return new NotRunningError(`${path}: ${what} is closed and takes no more`, { path });
  }

  /**
   * What ends who still has items to push: a `NotRunningError` where the queue was closed; in a stop or crash the
   * `AbortError` of the run, when that is aborted, so that it is a cancellation like any other.
   */
  async refusal(): Promise<Error> {
    const scope = this.#scope;
    if (this.#isClosed && !this.#cut?.told) return this.closedError();
    const { signal } = scope;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    return scope.aborted ?? this.closedError();
  }

  #tell(): void {
    for (const fn of [...this.#watchers]) fn();
  }
}
