import type { AbortError } from "@pawl/kernel";
import { type Outcome, settleFailure } from "@pawl/kernel/extend";
import { QueueDroppedError, QueueFullError } from "../errors/queue-errors.ts";
import type { Intake } from "./intake.ts";
import type { QueueEnding } from "./queue-ending.ts";
import type { QueueEntry, TryParts } from "./queue-entry.ts";
import type { QueueFigures } from "./queue-figures.ts";
import { ItemHandle } from "./queue-item.ts";
import type { QueueSettings } from "./queue-options.ts";

const nothing = () => {};

/** What it tells of, and to whom. */
export interface OutcomeParts<Item, Result> {
  readonly tries: TryParts<Item, Result>;
  readonly settings: QueueSettings<Item>;
  readonly intake: Intake<Item, Result>;
  readonly figures: QueueFigures;
  readonly ending: QueueEnding;
  /** Whether items have holders; a failure is told at once where they have none. */
  readonly hasHolders: boolean;
  readonly itemEnded: (() => void) | undefined;
}

/** How items end: counts them, and tells those that wait for them, or else the owner of the queue. */
export class ItemOutcomes<Item, Result> {
  readonly #parts: OutcomeParts<Item, Result>;

  constructor(parts: OutcomeParts<Item, Result>) {
    this.#parts = parts;
  }

  succeeded(entry: QueueEntry<Item, Result>, value: Result): void {
    this.#parts.figures.counts.done++;
    this.#end(entry, { value }, "succeeded");
  }

  /** @param isTold false where it is told otherwise, as an abandonment is by the stop */
  failed(entry: QueueEntry<Item, Result>, error: unknown, isTold = true): void {
    const { ending, figures, hasHolders, settings, tries } = this.#parts;
    const { scope, spec } = tries;
    const cancelled = ending.isCut;
    const { handle } = entry;
    figures.counts.failed++;
    figures.lastError = { error };
    this.#end(entry, { error }, "failed");
    if (!isTold) return;
    const tell = () => settleFailure(scope, spec, error, settings.onError, cancelled);
    if (!hasHolders) tell();
    else if (handle.isAhead) handle.untold = tell;
    else this.#judge(handle, tell);
  }

  /** @param isLeft whether a stop or crash kept it from being worked off, which is told */
  unworked(entry: QueueEntry<Item, Result>, reason: AbortError, isLeft: boolean): void {
    if (isLeft) this.#parts.figures.counts.left++;
    else this.#parts.figures.counts.cancelled++;
    this.#end(entry, { error: reason }, "cancelled");
  }

  dropped(entry: QueueEntry<Item, Result>): void {
    this.#end(entry, { error: new QueueDroppedError(this.#parts.tries.name) }, "dropped");
  }

  /** Says that the queue was full, and that an item was refused or dropped. */
  tellFull(overflow: string): void {
    const { scope, label } = this.#parts.tries;
    this.#parts.figures.counts.dropped++;
    scope.facts.record("queue.dropped", { path: scope.path, label, overflow });
  }

  /** The handle of an item that was never taken. */
  refused(error: unknown): ItemHandle<Result> {
    const { settings, tries } = this.#parts;
    const { scope, spec, label } = tries;
    const handle = new ItemHandle<Result>(label, nothing);
    handle.end({ error }, "refused");
    // Of a service that takes no work it is no failure of the queue's.
    const onError = error instanceof QueueFullError ? settings.onError : "report";
    this.#judge(handle, () => settleFailure(scope, spec, error, onError, false));
    return handle;
  }

  /** One turn of the event loop later the failure is the holder's, if there is one. */
  #judge(handle: ItemHandle<Result>, tell: () => void): void {
    const { scope, spec } = this.#parts.tries;
    handle.outcome.judge(scope.clock, (verdict, end) => scope.track(spec, verdict, end), tell);
  }

  #end(
    entry: QueueEntry<Item, Result>,
    outcome: Outcome<Result>,
    state: "succeeded" | "failed" | "cancelled" | "dropped",
  ): void {
    this.#parts.intake.forget(entry);
    entry.end(outcome, state);
    this.#parts.itemEnded?.();
  }
}
