import { AbandonedError, type AbortError, isAbortError, isRetryLater } from "@pawl/kernel";
import { type CallSpec, cancellation, type Outcome, type ServiceScope } from "@pawl/kernel/extend";
import { QueueDeadlockError, QueueFullError, QueueLeftError, type QueueName } from "../errors/queue-errors.ts";
import { Intake } from "./intake.ts";
import { ItemOutcomes } from "./item-outcomes.ts";
import { QueueEnding } from "./queue-ending.ts";
import { type ItemContext, QueueEntry, type TryParts } from "./queue-entry.ts";
import { QueueFigures } from "./queue-figures.ts";
import { type ItemHandle, refusedWait } from "./queue-item.ts";
import type { PushOptions, QueueOverflow, QueueSettings } from "./queue-options.ts";
import { RunningItems } from "./running-items.ts";
import { WaitingItems } from "./waiting-items.ts";

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

/** Items in line, so many of them running at once, tried again where they fail; it ends by being worked off or cut. */
export class WorkQueue<Item, Result> {
  readonly #scope: ServiceScope;
  readonly #settings: QueueSettings<Item>;
  readonly #parts: TryParts<Item, Result>;
  readonly #over: () => void;
  readonly #waiting: WaitingItems<Item, Result>;
  readonly #running: RunningItems<Item, Result>;
  readonly #intake: Intake<Item, Result>;
  /** How far its end has come. */
  readonly ending: QueueEnding;
  readonly #figures: QueueFigures;
  readonly #outcomes: ItemOutcomes<Item, Result>;
  #idle: PromiseWithResolvers<void> | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(scope: ServiceScope, parts: WorkParts<Item, Result>) {
    const { kind, label, fn, settings, hasHolders, itemEnded } = parts;
    const spec: CallSpec = { kind, label, ofDrain: true };
    const name: QueueName = { path: scope.path, what: `${kind} "${label}"` };
    this.#scope = scope;
    this.#settings = settings;
    const tries: TryParts<Item, Result> = { scope, name, label, spec, fn, timeout: settings.timeout };
    const ending = new QueueEnding(scope, name, spec);
    const figures = new QueueFigures(scope.clock);
    this.#parts = tries;
    this.ending = ending;
    this.#figures = figures;
    this.#waiting = new WaitingItems(settings.capacity);
    const intake = new Intake(settings, this.#waiting);
    this.#intake = intake;
    this.#outcomes = new ItemOutcomes({ tries, settings, intake, figures, ending, hasHolders, itemEnded });
    this.#running = new RunningItems(tries, settings.concurrency, (entry, outcome) => this.#tried(entry, outcome));
    this.#over = parts.over;
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

  /** The items that the function was called with and that have ended. */
  get ended(): number {
    return this.#figures.counts.done + this.#figures.counts.failed;
  }

  /** Takes an item; the handle of one that is refused rejects, and where nobody holds it that is told. */
  push(value: Item, options: PushOptions, overflow: QueueOverflow): ItemHandle<Result> {
    try {
      this.requireWork("push");
      return this.take(value, options, overflow).handle;
    } catch (error) {
      return this.#outcomes.refused(error);
    }
  }

  /**
   * Takes an item, whoever pushes it; `isNew` is false where one of its key is there already.
   *
   * @throws NotRunningError, QueueFullError
   */
  take(
    value: Item,
    options: PushOptions,
    overflow: QueueOverflow,
  ): { readonly handle: ItemHandle<Result>; readonly isNew: boolean } {
    if (this.ending.isClosed) throw this.ending.closedError();
    const { name, label } = this.#parts;
    const taken = this.#intake.take(value, options, overflow, (key) => {
      const entry: QueueEntry<Item, Result> = new QueueEntry(value, key, options, label, () => this.#cancelOne(entry));
      return entry;
    });
    if (!taken || taken.dropped) this.#outcomes.tellFull(overflow);
    if (!taken) throw new QueueFullError(name, this.#settings.capacity, this.#settings.capacityOption);
    const { entry, isNew, dropped } = taken;
    if (dropped) this.#outcomes.dropped(dropped);
    if (isNew) this.#pump();
    if (entry.parkedPlace) entry.handle.watchForDeadlock(() => this.deadlockHere("queued"));
    if (this.ending.isDraining && !this.isIdle) void this.ending.untilWorkedOff();
    return { handle: entry.handle, isNew };
  }

  /** @throws NotRunningError where the service of the caller takes no work, and the caller is no part of its drain */
  requireWork(method: string): void {
    this.#scope.requireWork(method, "draining");
  }

  /** What whoever waits here for another item of this queue gets, where it runs one at a time and this is in that one. */
  deadlockHere(what: string): QueueDeadlockError | undefined {
    return this.#settings.concurrency === 1 ? this.#selfWait(what) : undefined;
  }

  /** Tells an error that has no caller. */
  report(error: unknown): void {
    const { path, what } = this.#parts.name;
    this.#scope.report(error, { path, label: what });
  }

  pause(): void {
    if (!this.ending.isClosed && !this.ending.isDraining) this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pump();
  }

  /** Cancels everything that waits; gives how many items that were. */
  clear(): number {
    const cleared = this.#waiting.clear();
    const reason = this.#cancellation("it was cleared");
    for (const entry of cleared) this.#outcomes.unworked(entry, reason, false);
    this.#pump();
    return cleared.length;
  }

  onIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    const deadlock = this.#selfWait("onIdle()");
    if (deadlock) return refusedWait(deadlock);
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Takes no more, and works off what it holds. Resolves when that is done, or was cut short. */
  close(): Promise<void> {
    this.ending.close();
    this.resume();
    // In onStop it has no longer than the stop.
    if (this.#scope.isStopping) this.#beginDrain();
    if (this.isIdle) return Promise.resolve();
    const workedOff = this.ending.untilWorkedOff();
    const deadlock = this.#selfWait("close()");
    return deadlock ? refusedWait(deadlock) : workedOff;
  }

  /** Step 2 of a stop: works off what it holds, and takes only what the drain itself leads to. */
  drain(): void {
    this.resume();
    this.#beginDrain();
    if (!this.isIdle) void this.ending.untilWorkedOff();
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
      ...this.#figures.inspect(this.#running.lastAt, this.#waiting.nextAt),
      concurrency,
      // JSON has no infinity.
      ...(Number.isFinite(capacity) ? { capacity } : {}),
      ...(this.#isPaused ? { paused: true } : {}),
      ...(this.ending.isClosed ? { closed: true } : {}),
      ...(this.ending.isDraining ? { draining: true } : {}),
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
    this.ending.tellWorkedOff();
    if (this.ending.isClosed) this.#end();
  }

  #tried(entry: QueueEntry<Item, Result>, outcome: Outcome<Result>): void {
    if ("error" in outcome) this.#tryFailed(entry, outcome.error);
    else this.#outcomes.succeeded(entry, outcome.value);
    this.#pump();
  }

  #tryFailed(entry: QueueEntry<Item, Result>, error: unknown): void {
    const asksForLater = isRetryLater(error);
    // An abandonment is told by the stop.
    if (error instanceof AbandonedError) this.#outcomes.failed(entry, error, false);
    else if (entry.aborted) {
      if (asksForLater || isAbortError(error))
        this.#outcomes.unworked(entry, entry.aborted, this.ending.isLeft(entry.aborted));
      else this.#outcomes.failed(entry, error);
    } else if (asksForLater) {
      if (!this.#tryAgain(entry, error.afterMs))
        this.#outcomes.unworked(entry, this.#cancellation("it is stopping"), true);
    } else {
      const again = ++entry.failures < this.#settings.attempts;
      this.#figures.lastError = { error };
      if (!again || !this.#tryAgain(entry, this.#settings.backoff.delay(entry.failures)))
        this.#outcomes.failed(entry, error);
    }
  }

  /** Lets an item wait for its next try; false where a stop leaves no time for that. */
  #tryAgain(entry: QueueEntry<Item, Result>, ms: number): boolean {
    const { clock, facts, path } = this.#scope;
    if (!this.ending.leavesTimeFor(clock.now() + ms)) return false;
    const { handle } = entry;
    this.#figures.counts.retried++;
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

  #cancelOne(entry: QueueEntry<Item, Result>): void {
    const reason = this.#cancellation("this item was cancelled");
    if (!this.#waiting.remove(entry) && !this.#running.cancel(entry, reason)) return;
    this.#outcomes.unworked(entry, reason, false);
    this.#pump();
  }

  /** An item whose next try would come too late is not waited for. */
  #beginDrain(): void {
    if (this.#isOver || !this.ending.drain()) return;
    const late = [...this.#waiting.delayed].filter(({ dueAt = 0 }) => !this.ending.leavesTimeFor(dueAt));
    for (const entry of late) {
      this.#waiting.remove(entry);
      this.#outcomes.unworked(entry, this.#cancellation("it is stopping"), true);
    }
    this.#pump();
  }

  #cutShort(reason: AbortError, told: boolean): void {
    if (this.#isOver || !this.ending.cutShort({ reason, told })) return;
    const unworked = [...this.#waiting.clear(), ...this.#running.cancelAll(reason)];
    for (const entry of unworked) this.#outcomes.unworked(entry, reason, told);
    this.#pump();
  }

  #selfWait(what: string): QueueDeadlockError | undefined {
    return this.#scope.isIn(this.#parts.spec) ? new QueueDeadlockError(this.#parts.name, what) : undefined;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { left } = this.#figures.counts;
    const { name, spec, label } = this.#parts;
    if (left > 0) {
      this.#scope.facts.record("queue.left", { path: name.path, label, items: left });
      this.#scope.tell(spec, new QueueLeftError(name, left));
    }
    this.#over();
  }
}
