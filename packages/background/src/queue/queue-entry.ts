import { AsyncResource } from "node:async_hooks";
import { type AbortError, type CallContext, isAbortError, isRetryLater } from "@pawl/kernel";
import {
  type CallEnd,
  type CallSpec,
  cancelOn,
  LazySignal,
  type Outcome,
  type ServiceScope,
} from "@pawl/kernel/extend";
import { type QueueName, QueueTimeoutError } from "../errors/queue-errors.ts";
import type { Place } from "./priority-line.ts";
import { ItemHandle, type QueueItem } from "./queue-item.ts";
import type { PushOptions } from "./queue-options.ts";

/** What the function of a queue gets last. */
export interface ItemContext extends CallContext {
  /** Which try of this item it is: 1 for the first. */
  readonly attempt: number;
}

/** What a try is made of, the same for every item of a queue. */
export interface TryParts<Item, Result> {
  readonly scope: ServiceScope;
  readonly name: QueueName;
  readonly label: string;
  readonly spec: CallSpec;
  readonly fn: (item: Item, context: ItemContext) => Result | PromiseLike<Result>;
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

/** An item as its queue holds it, from its push until it has ended. */
export class QueueEntry<Item, Result> {
  readonly value: Item;
  readonly key: unknown;
  readonly priority: number;
  readonly handle: ItemHandle<Result>;
  /** While it stands in line. */
  place: Place<QueueEntry<Item, Result>> | undefined;
  /** Where it stands among those that were taken though the queue was full. */
  parkedPlace: Place<QueueEntry<Item, Result>> | undefined;
  /** Whether its function has been called for the try under way. */
  isBegun = false;
  /** Tries that failed; those that asked for another one later are no failures. */
  failures = 0;
  /** When its next try is due, on the clock; while it waits for that. */
  dueAt: number | undefined;
  /** Why it was aborted. */
  aborted: AbortError | undefined;
  // Whoever is waiting for the item may be what the item stops; and what callers keep in async contexts is theirs.
  readonly #context = new AsyncResource("PawlQueueItem", { requireManualDestroy: true });
  readonly #unlink: () => void;
  #signal: LazySignal | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(value: Item, key: unknown, { priority = 0, signal }: PushOptions, label: string, cancel: () => void) {
    this.value = value;
    this.key = key;
    this.priority = priority;
    this.handle = new ItemHandle(label, cancel);
    this.#unlink = cancelOn(signal, cancel);
  }

  /** Makes one try, in the async context of whoever has pushed the item. */
  begin({ scope, name, label, spec, fn, timeout }: TryParts<Item, Result>, end: CallEnd<Result>): void {
    const { clock, facts, path } = scope;
    const signal = new LazySignal();
    const attempt = ++this.handle.attempts;
    const began = clock.now();
    let timedOut: QueueTimeoutError | undefined;
    this.isBegun = true;
    this.#signal = signal;
    if (timeout !== undefined) {
      const expire = () => {
        timedOut = new QueueTimeoutError(name, timeout);
        signal.abort(() => timedOut);
      };
      this.#cancelTimer = clock.setTimer(expire, timeout, `${path}: ${name.what}: timeout`);
    }
    const ended = (failure: { readonly error?: unknown } = {}) => {
      this.isBegun = false;
      this.#cancelTimer?.();
      if (facts.wants("queue.item.ended"))
        facts.record("queue.item.ended", { path, label, attempt, ms: clock.now() - began, ...failure });
    };
    if (facts.wants("queue.item.started")) facts.record("queue.item.started", { path, label, attempt });
    const context = signal.contextOf(attempt);
    const call = () => fn(this.value, context);
    this.#context.runInAsyncScope(() =>
      scope.run(spec, call, {
        ok(value) {
          ended();
          end.ok(value);
        },
        fail(thrown) {
          const error = timedOut && isAbortError(thrown) ? timedOut : thrown;
          ended(isRetryLater(error) ? {} : { error });
          end.fail(error);
        },
      }),
    );
  }

  /** Calls `fn` after `ms` milliseconds, unless it has ended by then. */
  delay({ scope, name }: TryParts<Item, Result>, ms: number, fn: () => void): void {
    const { clock, path } = scope;
    this.dueAt = clock.now() + ms;
    const due = () => {
      this.dueAt = undefined;
      fn();
    };
    this.#cancelTimer = clock.setTimer(due, ms, `${path}: ${name.what}: next try`);
  }

  /** Aborts the try under way. */
  abort(reason: AbortError): void {
    this.aborted ??= reason;
    this.#signal?.abort(() => reason);
  }

  end(outcome: Outcome<Result>, state: QueueItem["state"]): void {
    this.#cancelTimer?.();
    this.#unlink();
    this.handle.end(outcome, state);
  }
}
