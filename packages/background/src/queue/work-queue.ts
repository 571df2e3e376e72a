import { AbandonedError, type AbortError, isAbortError, isRetryLater, NotRunningError } from "@pawl/kernel";
import {
  type CallSpec,
  cancellation,
  messageOf,
  type Outcome,
  type ServiceScope,
  settleFailure,
} from "@pawl/kernel/extend";
import { QueueDroppedError, QueueFullError, QueueLeftError, type QueueName } from "../errors/queue-errors.ts";
import { Intake } from "./intake.ts";
import { type ItemContext, QueueEntry, type TryParts } from "./queue-entry.ts";
import type { ItemHandle } from "./queue-item.ts";
import type { PushOptions, QueueOverflow, QueueSettings } from "./queue-options.ts";
import { RunningItems } from "./running-items.ts";
import { WaitingItems } from "./waiting-items.ts";

const nothing = () => {};

/** What a queue is made of. */
export interface WorkParts<Item, Result> {
  readonly kind: "queue" | "consumer";
  readonly label: string;
  readonly fn: (item: Item, context: ItemContext) => Result | PromiseLike<Result>;
  readonly settings: QueueSettings<Item>;
  /** Whether its items have holders; a failure is told at once where they have none. */
  readonly hasHolders: boolean;
  /** Called whenever an item has ended. */
  readonly itemEnded?: () => void;
  /** Called once, when it takes no more and nothing of it runs any more. */
  readonly over: () => void;
}

/** Why what is left was not worked off: it was cancelled, or a stop or crash came first, which is told. */
interface Cut {
  readonly reason: AbortError;
  readonly told: boolean;
}

/** Items in line, so many of them running at once, tried again where they fail; it ends by being worked off or cut. */
export class WorkQueue<Item, Result> {
  readonly #scope: ServiceScope;
  readonly #settings: QueueSettings<Item>;
  readonly #parts: TryParts<Item, Result>;
  readonly #hasHolders: boolean;
  readonly #over: () => void;
  readonly #itemEnded: (() => void) | undefined;
  readonly #waiting: WaitingItems<Item, Result>;
  readonly #running: RunningItems<Item, Result>;
  readonly #intake: Intake<Item, Result>;
  readonly #whenClosed = new Set<() => void>();
  /** Resolves when it has been worked off after it was closed, or was cut. */
  readonly #drained = Promise.withResolvers<void>();
  #idle: PromiseWithResolvers<void> | undefined;
  #isPaused = false;
  #isClosed = false;
  #isOver = false;
  /** Until when a stop lets it work, on the clock. */
  #drainUntil: number | undefined;
  #cut: Cut | undefined;
  #lastError: { readonly error: unknown } | undefined;
  readonly #counts = { done: 0, failed: 0, dropped: 0, cancelled: 0, left: 0, retried: 0 };

  constructor(scope: ServiceScope, parts: WorkParts<Item, Result>) {
    const { kind, label, fn, settings, hasHolders } = parts;
    const spec: CallSpec = { kind, label };
    const name: QueueName = { path: scope.path, what: `${kind} "${label}"` };
    this.#scope = scope;
    this.#settings = settings;
    this.#parts = { scope, name, label, spec, fn, timeout: settings.timeout };
    this.#waiting = new WaitingItems(settings.capacity);
    this.#intake = new Intake(settings, this.#waiting);
    this.#running = new RunningItems(this.#parts, settings.concurrency, (entry, outcome) =>
      this.#tried(entry, outcome),
    );
    this.#hasHolders = hasHolders;
    this.#over = parts.over;
    this.#itemEnded = parts.itemEnded;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running.size;
  }

  get isIdle(): boolean {
    return this.size + this.running === 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The items that the function was called with and that have ended. */
  get ended(): number {
    return this.#counts.done + this.#counts.failed;
  }

  /**
   * Takes an item; `isNew` is false where one of its key is there already.
   *
   * @throws NotRunningError, QueueFullError
   */
  take(
    value: Item,
    options: PushOptions,
    overflow: QueueOverflow,
  ): { readonly handle: ItemHandle<Result>; readonly isNew: boolean } {
    if (this.#isClosed) throw this.closedError();
    const { name, label } = this.#parts;
    const taken = this.#intake.take(value, options, overflow, (key) => {
      const entry: QueueEntry<Item, Result> = new QueueEntry(value, key, options, label, () => this.#cancelOne(entry));
      return entry;
    });
    if (!taken || taken.dropped) this.#tellDropped(overflow);
    if (!taken) throw new QueueFullError(name, this.#settings.capacity, this.#settings.capacityOption);
    const { entry, isNew, dropped } = taken;
    if (dropped) this.#endEntry(dropped, { error: new QueueDroppedError(name) }, "dropped");
    if (isNew) this.#pump();
    return { handle: entry.handle, isNew };
  }

  /** @throws NotRunningError where the service of the caller takes no work */
  requireWork(method: string): void {
    this.#scope.requireWork(method);
  }

  closedError(): NotRunningError {
    const { path, what } = this.#parts.name;
    return new NotRunningError(`${path}: ${what} is closed and takes no more`, { path });
  }

  /** Tells an error that has no caller. */
  report(error: unknown): void {
    const { path, what } = this.#parts.name;
    this.#scope.report(error, { path, label: what });
  }

  pause(): void {
    if (!this.#isClosed) this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pump();
  }

  /** Cancels everything that waits; gives how many items that were. */
  clear(): number {
    const cleared = this.#waiting.clear();
    const reason = this.#cancellation("it was cleared");
    for (const entry of cleared) this.#endUnworked(entry, reason, false);
    this.#pump();
    return cleared.length;
  }

  onIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Calls `fn` when it takes no more; gives back how to be told no longer. */
  onClosed(fn: () => void): () => void {
    this.#whenClosed.add(fn);
    return () => this.#whenClosed.delete(fn);
  }

  /** Takes no more, and works off what it holds; a stop bounds that by `stopTimeout`. Resolves when that is done. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#endTaking();
      this.resume();
      if (!this.#isOver) {
        this.#scope.track({ ...this.#parts.spec, drains: true }, this.#drained.promise, { ok: nothing, fail: nothing });
      }
    }
    if (this.#scope.isStopping && this.#drainUntil === undefined && !this.#isOver) this.#beginDrain();
    return this.#drained.promise;
  }

  /** Cancels everything, which is what its owner wants. */
  cancel(): void {
    this.#cutShort(this.#cancellation("it was cancelled"), false);
  }

  /** A stop or crash cancels everything; what is left is told. */
  abort(reason: AbortError): void {
    this.#cutShort(reason, true);
  }

  inspect(): Record<string, unknown> {
    const { capacity, concurrency } = this.#settings;
    return {
      size: this.size,
      running: this.running,
      ...this.#counts,
      concurrency,
      // JSON has no infinity.
      ...(Number.isFinite(capacity) ? { capacity } : {}),
      ...(this.#isPaused ? { paused: true } : {}),
      ...(this.#isClosed ? { closed: true } : {}),
      ...(this.#lastError ? { lastError: messageOf(this.#lastError.error) } : {}),
    };
  }

  #cancellation(why: string): AbortError {
    const { path, what } = this.#parts.name;
    return cancellation(`${path}: ${what}: ${why}`, path);
  }

  /** Lets items begin while there are free places, and tells those who wait for room or for the end. */
  #pump(): void {
    while (!this.#isPaused && !this.#running.isFull) {
      const entry = this.#waiting.shift();
      if (!entry) break;
      this.#running.add(entry);
    }
    this.#waiting.giveRoom();
    if (!this.isIdle) return;
    this.#idle?.resolve();
    this.#idle = undefined;
    if (this.#isClosed) this.#end();
  }

  #tried(entry: QueueEntry<Item, Result>, outcome: Outcome<Result>): void {
    if ("error" in outcome) this.#tryFailed(entry, outcome.error);
    else {
      this.#counts.done++;
      this.#endEntry(entry, outcome, "succeeded");
    }
    this.#pump();
  }

  #tryFailed(entry: QueueEntry<Item, Result>, error: unknown): void {
    const asksForLater = isRetryLater(error);
    // An abandonment is told by the stop.
    if (error instanceof AbandonedError) this.#fail(entry, error, false);
    else if (entry.aborted) {
      if (asksForLater || isAbortError(error)) this.#endUnworked(entry, entry.aborted, this.#isLeft(entry));
      else this.#fail(entry, error, true);
    } else if (asksForLater) {
      if (!this.#tryAgain(entry, error.afterMs)) this.#endUnworked(entry, this.#cancellation("it is stopping"), true);
    } else {
      const again = ++entry.failures < this.#settings.attempts;
      this.#lastError = { error };
      if (!again || !this.#tryAgain(entry, this.#settings.backoff.delay(entry.failures)))
        this.#fail(entry, error, true);
    }
  }

  /** Lets an item wait for its next try; false where a stop leaves no time for that. */
  #tryAgain(entry: QueueEntry<Item, Result>, ms: number): boolean {
    const { clock, facts, path } = this.#scope;
    if (this.#drainUntil !== undefined && clock.now() + ms > this.#drainUntil) return false;
    const { handle } = entry;
    this.#counts.retried++;
    handle.state = "waiting";
    facts.record("retry.scheduled", { path, label: handle.label, attempt: handle.attempts + 1, ms });
    if (ms === 0) this.#waiting.add(entry);
    else {
      this.#waiting.delay(entry);
      entry.delay(this.#parts, ms, () => {
        this.#waiting.remove(entry);
        this.#waiting.add(entry);
        this.#pump();
      });
    }
    return true;
  }

  #fail(entry: QueueEntry<Item, Result>, error: unknown, isTold: boolean): void {
    const { scope, spec } = this.#parts;
    const cancelled = this.#cut !== undefined;
    this.#counts.failed++;
    this.#lastError = { error };
    this.#endEntry(entry, { error }, "failed");
    if (!isTold) return;
    const tell = () => settleFailure(scope, spec, error, this.#settings.onError, cancelled);
    if (!this.#hasHolders) tell();
    else entry.handle.outcome.judge(scope.clock, (verdict, end) => scope.track(spec, verdict, end), tell);
  }

  #cancelOne(entry: QueueEntry<Item, Result>): void {
    const reason = this.#cancellation("this item was cancelled");
    if (!this.#waiting.remove(entry) && !this.#running.cancel(entry, reason)) return;
    this.#endUnworked(entry, reason, false);
    this.#pump();
  }

  /** Whether it was cut short by what is told, and not cancelled before. */
  #isLeft(entry: QueueEntry<Item, Result>): boolean {
    return this.#cut?.told === true && entry.aborted === this.#cut.reason;
  }

  #endUnworked(entry: QueueEntry<Item, Result>, reason: AbortError, isLeft: boolean): void {
    if (isLeft) this.#counts.left++;
    else this.#counts.cancelled++;
    this.#endEntry(entry, { error: reason }, "cancelled");
  }

  #endEntry(
    entry: QueueEntry<Item, Result>,
    outcome: Outcome<Result>,
    state: "succeeded" | "failed" | "cancelled" | "dropped",
  ): void {
    this.#intake.forget(entry);
    entry.end(outcome, state);
    this.#itemEnded?.();
  }

  #tellDropped(overflow: QueueOverflow): void {
    this.#counts.dropped++;
    const { path, facts } = this.#scope;
    facts.record("queue.dropped", { path, label: this.#parts.label, overflow });
  }

  #endTaking(): void {
    this.#isClosed = true;
    for (const fn of [...this.#whenClosed]) fn();
    this.#whenClosed.clear();
  }

  /** An item whose next try would come too late is not waited for. */
  #beginDrain(): void {
    const { clock, stopTimeout } = this.#scope;
    const until = clock.now() + stopTimeout;
    this.#drainUntil = until;
    const late = [...this.#waiting.delayed].filter(({ dueAt = 0 }) => dueAt > until);
    for (const entry of late) {
      this.#waiting.remove(entry);
      this.#endUnworked(entry, this.#cancellation("it is stopping"), true);
    }
    this.#pump();
  }

  #cutShort(reason: AbortError, told: boolean): void {
    if (this.#cut || this.#isOver) return;
    this.#cut = { reason, told };
    if (!this.#isClosed) this.#endTaking();
    const unworked = [...this.#waiting.clear(), ...this.#running.cancelAll(reason)];
    for (const entry of unworked) this.#endUnworked(entry, reason, told);
    this.#drained.resolve();
    this.#pump();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { left } = this.#counts;
    const { name, spec, label } = this.#parts;
    if (left > 0) {
      this.#scope.facts.record("queue.left", { path: name.path, label, items: left });
      this.#scope.tell(spec, new QueueLeftError(name, left));
    }
    this.#drained.resolve();
    this.#over();
  }
}
