import { currentFrame, type Frame, isInside } from "../async-context.ts";
import { BoundedBuffer, type Overflow } from "../bounded-buffer.ts";
import type { Dispatcher } from "../bus/dispatcher.ts";
import type { ListenerRecord } from "../bus/listener-record.ts";
import { isPattern } from "../bus/pattern.ts";
import { type CallSpec, describe } from "../call.ts";
import { AbortError } from "../errors/errors.ts";
import { EventsDroppedError, ListenerFullError, type WhyDropped } from "../errors/unhandled-events.ts";
import type { Activity, Scope } from "../scope.ts";
import { cancelOn, checkSignal } from "./activity-options.ts";

/** How many events an iteration holds for its loop, and what ends it. */
export interface EventsOptions {
  /** How many events may wait for the loop. @default 1_000 */
  readonly buffer?: number;
  /**
   * What becomes of an event that comes when so many wait: `"error"` ends the iteration, which throws a
   * `PAWL_LISTENER_FULL` after what it holds; `"drop-oldest"` and `"drop-newest"` drop one and count it.
   *
   * @default "error"
   */
  readonly overflow?: Overflow;
  /** Ends the iteration when it is aborted: it throws an `AbortError` after what it holds. */
  readonly signal?: AbortSignal;
}

/**
 * The events of a name or pattern as they come, for a loop. Subscribed from the beginning, so that nothing is missed
 * before its first turn.
 */
export interface EventStream<Item> extends AsyncIterableIterator<Item, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<Item, undefined>>;
  /** Ends the iteration: what it holds is dropped. `break` calls it. */
  return(): Promise<IteratorResult<Item, undefined>>;
}

interface Held {
  readonly event: string;
  readonly value: unknown;
}

type Result = IteratorResult<unknown, undefined>;

const done: Result = { done: true, value: undefined };

export class EventStreamActivity implements EventStream<unknown>, Activity {
  readonly kind = "events";
  readonly label: string;
  readonly #scope: Scope;
  readonly #spec: CallSpec;
  readonly #record: ListenerRecord;
  readonly #held: BoundedBuffer<Held>;
  /** Calls of `next` that wait for an event. */
  readonly #asking: PromiseWithResolvers<Result>[] = [];
  /** What the loop gets after what is held. */
  #failure: { readonly error: unknown } | undefined;
  #given = 0;
  #dropped = 0;
  /** The call of user code in which the loop asked last. */
  #loop: Frame | undefined;
  /** Whether the loop was given an event and has not asked for the next one. */
  #isBusy = false;
  /** There while a stop waits for the loop. */
  #drained: (() => void) | undefined;
  readonly #unlink: () => void;

  /** @throws TypeError or RangeError `PAWL_BAD_EVENT`, `PAWL_BAD_OPTION` */
  constructor(scope: Scope, bus: Dispatcher, event: string, options: EventsOptions = {}) {
    const { buffer = 1_000, overflow = "error", signal } = options;
    this.label = event;
    this.#scope = scope;
    this.#spec = { kind: "events of", label: event };
    this.#held = new BoundedBuffer(buffer, overflow, `events("${event}")`);
    checkSignal(signal);
    const onEvent = (payload: unknown, name = event) => {
      this.#push({ event: name, value: isPattern(event) ? [payload, name] : payload });
    };
    this.#record = bus.on(event, onEvent, undefined, scope, { held: false });
    scope.add(this);
    this.#unlink = cancelOn(signal, () => this.#cancelled());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    this.#loop = currentFrame();
    const item = this.#held.shift();
    this.#isBusy = item !== undefined;
    if (item) {
      this.#given++;
      return Promise.resolve({ done: false, value: item.value });
    }
    if (this.#record.live) {
      const asked = Promise.withResolvers<Result>();
      this.#asking.push(asked);
      return asked.promise;
    }
    const failure = this.#failure;
    this.#failure = undefined;
    this.#end();
    return failure ? Promise.reject(failure.error) : Promise.resolve(done);
  }

  return(): Promise<Result> {
    this.#drop("cancelled");
    this.#failure = undefined;
    this.#end();
    return Promise.resolve(done);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Takes no event any more; the stop waits until the loop has taken what is held, where it is the owner's own. */
  close(): void {
    this.#record.close();
    this.#answerAll();
    if (this.#drained || !this.#isBusy || !this.#loop || this.#loop.settled) return;
    // It is what the stop waits for anyway. Another loop might wait for this stop.
    if (!isInside(this.#scope.token, this.#loop)) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#scope.track({ ...this.#spec, drains: true }, undefined, drained, { ok() {}, fail() {} });
  }

  abort(): void {
    const { path, stopping } = this.#scope;
    const why = stopping ? "stopped" : "crashed";
    const left = this.#drop(why);
    if (left > 0) this.#scope.fail(this.#spec, new EventsDroppedError(path, describe(this.#spec), left, why));
    if (this.#failure) this.#scope.fail(this.#spec, this.#failure.error);
    this.#failure = undefined;
    this.#end();
  }

  inspect(): Record<string, unknown> {
    const { capacity, size } = this.#held;
    return {
      given: this.#given,
      queued: size,
      dropped: this.#dropped,
      ...(capacity === Number.POSITIVE_INFINITY ? {} : { capacity }),
    };
  }

  #push(item: Held): void {
    const asked = this.#asking.shift();
    if (asked) {
      this.#isBusy = true;
      this.#given++;
      asked.resolve({ done: false, value: item.value });
      return;
    }
    const pushed = this.#held.push(item);
    if (pushed.taken) {
      if (pushed.dropped) this.#count(pushed.dropped, "full");
      return;
    }
    this.#count(item, "full");
    if (this.#held.overflow !== "error") return;
    const { path } = this.#scope;
    this.#failure = { error: new ListenerFullError(path, describe(this.#spec), item.event, this.#held.capacity) };
    this.#record.close();
  }

  /** Its signal was aborted. What it holds is the loop's: the owner has nothing to wait for and nothing to tell. */
  #cancelled(): void {
    if (!this.#record.live) return;
    const { path } = this.#scope;
    const error = new AbortError(`${path}: ${describe(this.#spec)} were cancelled`, { path });
    this.#record.close();
    const asked = this.#asking.shift();
    if (asked) {
      // A cancellation that nobody looks at is no failure of the process.
      asked.promise.catch(() => {});
      asked.reject(error);
    } else this.#failure = { error };
    this.#end();
  }

  /** Nothing more comes: the tree lets go of it, and whoever asks is told so. */
  #end(): void {
    this.#record.close();
    this.#scope.remove(this);
    this.#unlink();
    this.#answerAll();
    this.#drained?.();
    this.#drained = undefined;
  }

  #answerAll(): void {
    for (const asked of this.#asking.splice(0)) asked.resolve(done);
  }

  /** Drops what is held; gives how many. */
  #drop(why: WhyDropped): number {
    const items = this.#held.clear();
    for (const item of items) this.#count(item, why);
    return items.length;
  }

  #count({ event }: Held, why: WhyDropped): void {
    const { core, path } = this.#scope;
    this.#dropped++;
    if (core.facts.wants("event.dropped")) {
      core.facts.record("event.dropped", { path, label: describe(this.#spec), event, why });
    }
  }
}
