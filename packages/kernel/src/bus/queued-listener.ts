import { captureContext, type InContext } from "../async-context.ts";
import { BoundedBuffer } from "../bounded-buffer.ts";
import { type CallSpec, describe } from "../call.ts";
import { isoTime } from "../clock.ts";
import type { PawlError } from "../errors/pawl-error.ts";
import { EventsDroppedError, ListenerFullError, type WhyDropped } from "../errors/unhandled-events.ts";
import type { Scope } from "../scope.ts";
import type { Collector } from "./collector.ts";
import type { ListenOptions } from "./listen-options.ts";
import type { EventLine, ListenerRecord } from "./listener-record.ts";

/** So many calls begin in one go before the event loop gets a turn: listeners may emit to each other without end. */
const mostInOneGo = 1_000;

/** One event in line. */
interface Held {
  readonly event: string;
  readonly payload: unknown;
  /** Calls the listener in the async context of its emit, whatever call has made room for it. */
  readonly inContext: InContext;
  /** What gathers for the caller of `emitAndWait`. */
  readonly collector: Collector | undefined;
  /** Ends the wait of that caller for this listener. */
  readonly done: (() => void) | undefined;
}

/**
 * The line of one listener: holds its events up to a capacity and calls it with so many at a time. Every event ends in
 * one of three ways: the listener was called with it, it was refused or dropped because the line was full, or it was
 * dropped when the subscription was cancelled or its owner gave up.
 */
export class QueuedListener implements EventLine {
  readonly kind = "listener";
  readonly label: string;
  readonly #record: ListenerRecord;
  readonly #spec: CallSpec;
  readonly #concurrency: number;
  readonly #held: BoundedBuffer<Held>;
  readonly #failed: (event: string, error: unknown, collector: Collector | undefined) => void;
  /** Its owner's run; for a listener of the kernel itself that of the last event. */
  #scope: Scope | undefined;
  #running = 0;
  #dropped = 0;
  /** When its last call began, in milliseconds of the wall clock. */
  #lastAt: number | undefined;
  /** Whether calls are about to begin, or are beginning. */
  #scheduled = false;
  #leftInThisGo = mostInOneGo;
  /** There while a stop waits for the line to be worked off. */
  #drained: (() => void) | undefined;
  /** Set when the signals of its run are aborted: no call begins any more. */
  #over = false;

  /**
   * @param failed tells the failure of a call
   * @throws TypeError or RangeError `PAWL_BAD_OPTION`
   */
  constructor(
    record: ListenerRecord,
    options: ListenOptions,
    failed: (event: string, error: unknown, collector: Collector | undefined) => void,
  ) {
    const { concurrency = 1, buffer = 1_000, overflow = "error" } = options;
    this.label = record.label;
    this.#record = record;
    this.#spec = { ...record.spec, drains: true };
    this.#concurrency = concurrency;
    this.#held = new BoundedBuffer(buffer, overflow, `the listener of "${record.label}"`);
    this.#failed = failed;
    this.#scope = record.scope;
  }

  push(scope: Scope, event: string, payload: unknown, collector: Collector | undefined): void {
    if (this.#isOfKernel) this.#enter(scope);
    let done: (() => void) | undefined;
    collector?.waits.push(
      new Promise<void>((resolve) => {
        done = resolve;
      }),
    );
    const item: Held = { event, payload, inContext: captureContext(), collector, done };
    if (this.#over) {
      this.#leave([item]);
      this.rest();
      return;
    }
    const pushed = this.#held.push(item);
    if (pushed.taken) {
      if (pushed.dropped) this.#drop(pushed.dropped, "full");
      this.#schedule();
    } else if (this.#held.overflow === "error") this.#refuse(item);
    else this.#drop(item, "full");
  }

  cancel(): void {
    for (const item of this.#held.clear()) this.#drop(item, "cancelled");
    this.rest();
  }

  rest(): void {
    if (this.#held.size > 0) return;
    this.#drained?.();
    this.#drained = undefined;
    if (this.#running === 0 && (this.#isOfKernel || !this.#record.live)) this.#scope?.remove(this);
  }

  /** Takes no event any more; the stop waits until those in line have been begun with, as it does for the calls. */
  close(): void {
    // The kernel's own listeners hear events to the end; it closes them once more then.
    if (!this.#isOfKernel) this.#record.close();
    if (this.#held.size === 0 || this.#drained) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    const spec: CallSpec = { kind: "events in line for", label: this.label, drains: true };
    this.#scope?.track(spec, undefined, drained, { ok() {}, fail() {} });
  }

  abort(): void {
    if (this.#isOfKernel && this.#scope?.takesResources) {
      this.#drained?.();
      this.#drained = undefined;
      return;
    }
    this.#over = true;
    this.#leave(this.#held.clear());
    this.rest();
  }

  inspect(): Record<string, unknown> {
    const { capacity } = this.#held;
    return {
      ...this.#record.figures,
      ...(this.#lastAt === undefined ? {} : { lastAt: isoTime(this.#lastAt) }),
      queued: this.#held.size,
      running: this.#running,
      dropped: this.#dropped,
      concurrency: this.#concurrency,
      ...(capacity === Number.POSITIVE_INFINITY ? {} : { capacity }),
    };
  }

  get #isOfKernel(): boolean {
    return this.#record.scope === undefined;
  }

  /** A listener of the kernel itself is one of its activities while it has something to do. */
  #enter(scope: Scope): void {
    if (scope !== this.#scope) {
      this.#scope = scope;
      this.#over = false;
    }
    scope.add(this);
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#concurrency) return;
    this.#scheduled = true;
    queueMicrotask(this.#begin);
  }

  readonly #begin = (): void => {
    const scope = this.#scope as Scope;
    while (this.#running < this.#concurrency && this.#held.size > 0) {
      if (this.#leftInThisGo === 0) {
        this.#leftInThisGo = mostInOneGo;
        scope.core.clock.defer(this.#begin);
        return;
      }
      this.#leftInThisGo--;
      this.#call(scope, this.#held.shift() as Held);
    }
    this.#scheduled = false;
    this.rest();
  };

  #call(scope: Scope, { event, payload, inContext, collector, done }: Held): void {
    const record = this.#record;
    this.#running++;
    record.calls++;
    this.#lastAt = scope.core.clock.wallTime();
    const ended = () => {
      this.#running--;
      done?.();
      if (this.#held.size > 0) this.#schedule();
      else this.rest();
    };
    inContext(() =>
      scope.run(this.#spec, () => record.call(payload, event), {
        ok: ended,
        fail: (error) => {
          this.#failed(event, error, collector);
          ended();
        },
      }),
    );
  }

  #refuse(item: Held): void {
    const { core, path } = this.#scope as Scope;
    const { event } = item;
    const label = describe(this.#spec);
    const error = () => new ListenerFullError(path, label, event, this.#held.capacity);
    this.#count(item, "full");
    if (!this.#giveBack(item, error)) core.report(error(), { path, label, event });
  }

  #drop(item: Held, why: WhyDropped): void {
    this.#count(item, why);
    this.#giveBack(item, () => new EventsDroppedError((this.#scope as Scope).path, describe(this.#spec), 1, why));
  }

  /** Tells of events that will not be handled any more: to who waits for them, the others together to the owner. */
  #leave(items: readonly Held[]): void {
    const scope = this.#scope as Scope;
    const why = scope.stopping ? "stopped" : "crashed";
    const error = (n: number) => new EventsDroppedError(scope.path, describe(this.#spec), n, why);
    let untold = 0;
    for (const item of items) {
      this.#count(item, why);
      if (!this.#giveBack(item, () => error(1))) untold++;
    }
    if (untold > 0) scope.fail(this.#spec, error(untold));
  }

  #count({ event }: Held, why: WhyDropped): void {
    const { core, path } = this.#scope as Scope;
    this.#dropped++;
    if (core.facts.wants("event.dropped")) {
      core.facts.record("event.dropped", { path, label: describe(this.#spec), event, why });
    }
  }

  /** Gives the error to who waits for this event; false where nobody does. */
  #giveBack({ collector, done }: Held, error: () => PawlError): boolean {
    const waits = collector !== undefined && !collector.orphaned;
    if (waits) {
      collector.failures.push({ path: (this.#scope as Scope).path, label: describe(this.#spec), error: error() });
    }
    done?.();
    return waits;
  }
}
