import type { RunToken } from "../async-context.ts";
import { isPromiseLike } from "../bounded.ts";
import { describe } from "../call.ts";
import type { EventLoopError } from "../errors/errors.ts";
import type { Schema } from "../schema.ts";
import type { Activity, Scope, ScopeCore } from "../scope.ts";
import { Channels } from "./channels.ts";
import { Collector } from "./collector.ts";
import { DeliveryFailures } from "./delivery-failures.ts";
import { EventSchemas } from "./event-schemas.ts";
import { checkListener, hasLine, type ListenerOptions } from "./listen-options.ts";
import type { ListenerList } from "./listener-list.ts";
import { ListenerRecord } from "./listener-record.ts";
import { checkEventName, compilePattern, isPattern } from "./pattern.ts";
import { QueuedListener } from "./queued-listener.ts";

/** Emits nested this deep are taken for a loop. */
const deepestNest = 100;

/** Who emits. */
export interface Emitter {
  readonly path: string;
}

/** An emit under way and the listener that it is calling. */
interface Delivery {
  readonly event: string;
  readonly record: ListenerRecord | undefined;
}

/** Delivers events: synchronously, in the order of subscription, one failure never in the way of another listener. */
export class Dispatcher {
  readonly #core: ScopeCore;
  /** The scope of the kernel's own listeners; undefined while the kernel is not up: then nobody is called. */
  #kernelScope: Scope | undefined;
  readonly #channels = new Channels(() => this.#depth > 0);
  readonly #schemas: EventSchemas;
  readonly #taps = new Set<(event: string, payload: unknown) => void>();
  /** Whether an emit has more to do than to deliver: the kernel is down, facts, taps or schemas are asked for. */
  #gated = true;
  /** What of that lasts longer than the call of an observer. */
  #hasMoreToDo = true;
  /** Whether something is around every call: then each listener is called as one of its owner, and none is plain. */
  #instrumented = false;
  /** How many emits are under way, one within the other. */
  #depth = 0;
  /** The innermost emit and the listener that it is calling; those around it are in `#outer`. */
  #event = "";
  #record: ListenerRecord | undefined;
  readonly #outer: Delivery[] = [];
  /** Set while a nest that went too deep unwinds. */
  #loop: EventLoopError | undefined;
  readonly #failures: DeliveryFailures;

  constructor(core: ScopeCore, schemas: ReadonlyMap<string, Schema<unknown, unknown>>) {
    this.#core = core;
    this.#failures = new DeliveryFailures(core);
    this.#schemas = new EventSchemas(schemas);
  }

  /** The names that somebody listens to, patterns left out. */
  get names(): readonly string[] {
    return this.#channels.names;
  }

  /** The live listeners that services own, as `shop/metrics: listener of "order:*"`. */
  get serviceListeners(): readonly string[] {
    return this.#channels.serviceListeners;
  }

  /** Who is called with `event`. */
  receivers(event: string): readonly { readonly path: string; readonly label: string }[] {
    const { records } = this.#channels.find(event) ?? this.#channels.matching(event);
    return records
      .filter((record) => record.live)
      .map((record) => ({
        path: (record.scope ?? this.#kernelScope)?.path ?? "",
        label: describe(record.spec),
      }));
  }

  /** The payload as the schema of `event` gives it back. @throws EventPayloadError, EventSchemaError */
  parse(event: string, payload: unknown): unknown {
    return this.#schemas.parse(event, payload);
  }

  /** The live listeners that the kernel itself owns. */
  get kernelListeners(): readonly Activity[] {
    return this.#channels.kernelListeners;
  }

  /**
   * Calls `fn` with every event that is delivered, before its listeners and without being one of them: it changes neither
   * counts nor order. It must not throw. Gives back its undo.
   */
  tap(fn: (event: string, payload: unknown) => void): () => void {
    this.#taps.add(fn);
    this.updateGate();
    return () => {
      this.#taps.delete(fn);
      this.updateGate();
    };
  }

  /** Opens the bus for a run of the kernel, or closes it: then emits call nobody and return 0. */
  setKernelScope(scope: Scope | undefined): void {
    this.#kernelScope = scope;
    this.updateGate();
  }

  /** Called when it may have changed whether facts of events are asked for. */
  updateGate(): void {
    const { facts, instrumentation } = this.#core;
    const isInstrumented = instrumentation !== undefined;
    // So that an emit need not ask: it calls plain listeners without anything around them.
    if (isInstrumented && !this.#instrumented) this.#channels.makeSpecial();
    this.#instrumented = isInstrumented;
    this.#hasMoreToDo =
      !this.#kernelScope ||
      this.#instrumented ||
      this.#schemas.size > 0 ||
      this.#taps.size > 0 ||
      facts.wants("event.emitted") ||
      this.#loop !== undefined;
    this.setObserving(facts.observing);
  }

  /** Called around each call of an observer: an emit refuses those. */
  setObserving(observing: boolean): void {
    this.#gated = observing || this.#hasMoreToDo;
  }

  /** What is being called synchronously: the innermost listener, or the emit itself. */
  get delivering(): { readonly path: string; readonly what: string } | undefined {
    if (this.#depth === 0) return undefined;
    const record = this.#record;
    const path = (record?.scope ?? this.#kernelScope)?.path ?? "";
    return { path, what: record ? describe(record.spec) : `event "${this.#event}"` };
  }

  /** Whether a listener that is being called synchronously belongs to what stopping `token` stops. */
  isDelivering(token: RunToken): boolean {
    if (this.#depth === 0) return false;
    return [...this.#outer, { record: this.#record }].some(
      ({ record }) => record && (record.scope ?? this.#kernelScope)?.token.isWithin(token),
    );
  }

  on(
    event: string,
    fn: (this: never, payload: never, event: string) => unknown,
    self: unknown,
    scope: Scope | undefined,
    options: ListenerOptions = {},
  ): ListenerRecord {
    const matches = typeof event === "string" && isPattern(event) ? compilePattern(event) : undefined;
    if (!matches) checkEventName(event);
    checkListener(event, fn, options);
    this.#core.facts.refuseObserver("listen");
    const record = new ListenerRecord(
      event,
      fn as unknown as ListenerRecord["fn"],
      self,
      scope,
      options.once === true,
      matches,
      this.#channels.removed,
    );
    if (hasLine(options)) {
      record.line = new QueuedListener(record, options, (name, error, collector) =>
        this.#failedLater(record, name, error, collector),
      );
    }
    this.#channels.insert(record);
    if (options.held !== false) scope?.add(record.line ?? record);
    const { signal } = options;
    if (signal) {
      const cancel = () => record.cancel();
      if (signal.aborted) cancel();
      else {
        signal.addEventListener("abort", cancel, { once: true });
        record.whenRemoved(() => signal.removeEventListener("abort", cancel));
      }
    }
    return record;
  }

  /**
   * Calls the listeners of `event`; gives how many were called.
   *
   * @throws what {@link checkEventName} and the schema of the event throw
   */
  emit(event: string, payload: unknown, from?: Emitter): number {
    if (this.#gated) return this.#emitGated(event, payload, undefined, from);
    const channel = this.#channels.find(event);
    return channel === undefined
      ? this.#emitUnlisted(event, payload, undefined)
      : this.#deliver(channel, event, payload, undefined);
  }

  /** Like `emit`, and waits for the async listeners; rejects with an {@link EmitError} of all failures. */
  emitAndWait(event: string, payload: unknown, from?: Emitter): Promise<void> {
    const collector = new Collector();
    try {
      this.#emitGated(event, payload, collector, from);
    } catch (error) {
      const refused = Promise.reject(error);
      if (this.isToldAlready(error)) {
        // The outermost emit tells it; that nobody awaits this one is no second failure.
        refused.catch(() => {});
        this.#failures.orphan(collector, event);
      }
      return refused;
    }
    return collector.settle(event);
  }

  /** Whether `error` ended a nest of emits that went too deep: then the outermost emit has told it, or will. */
  isToldAlready(error: unknown): boolean {
    return this.#failures.isToldAlready(error);
  }

  #emitGated(event: string, payload: unknown, collector: Collector | undefined, from: Emitter | undefined): number {
    const { facts, instrumentation } = this.#core;
    facts.refuseObserver("emit");
    if (this.#loop) throw this.#loop;
    if (!this.#channels.find(event)) checkEventName(event);
    const parsed = this.#schemas.parse(event, payload);
    if (!this.#kernelScope) return 0;
    for (const tap of this.#taps) tap(event, parsed);
    const path = from?.path ?? this.#kernelScope.path;
    const called = instrumentation
      ? instrumentation.around({ path, spec: { kind: "event", label: event } }, () =>
          this.#pass(event, parsed, collector),
        )
      : this.#pass(event, parsed, collector);
    if (facts.wants("event.emitted")) facts.record("event.emitted", { path, event, listeners: called });
    return called;
  }

  #pass(event: string, payload: unknown, collector: Collector | undefined): number {
    const channel = this.#channels.find(event);
    return channel ? this.#deliver(channel, event, payload, collector) : this.#emitUnlisted(event, payload, collector);
  }

  /** A name without exact listeners. */
  #emitUnlisted(event: string, payload: unknown, collector: Collector | undefined): number {
    checkEventName(event);
    const list = this.#channels.matching(event);
    return list.records.length === 0 ? 0 : this.#deliver(list, event, payload, collector);
  }

  #deliver(list: ListenerList, event: string, payload: unknown, collector: Collector | undefined): number {
    const depth = this.#depth;
    if (depth > 0) this.#nest(event);
    this.#event = event;
    this.#depth = depth + 1;
    const { records } = list;
    // Fixed first: a listener added meanwhile is called on the next emit.
    const length = records.length;
    let called = 0;
    for (let i = 0; i < length; i++) {
      const record = records[i] as ListenerRecord;
      this.#record = record;
      try {
        if (record.plain) {
          called++;
          record.calls++;
          // A lone listener is inlined by the engine where it is bound; among many, `call` is the faster way.
          const result = length === 1 ? record.bound(payload) : record.fn.call(record.self, payload);
          if (result !== undefined && isPromiseLike(result)) this.#track(record, event, result, collector);
        } else if (this.#loop !== undefined) break;
        else if (record.live) {
          called++;
          this.#callSpecial(record, event, payload, collector);
        }
      } catch (error) {
        if (this.#loop !== undefined) break;
        this.#failed(record, event, error, collector);
      }
    }
    this.#record = undefined;
    this.#depth = depth;
    if (depth > 0) this.#unnest();
    else if (this.#channels.untidy.size > 0) this.#channels.tidy();
    if (this.#loop !== undefined) this.#unwind(collector);
    return called;
  }

  #nest(event: string): void {
    if (this.#depth + 1 >= deepestNest) this.#abandonNest(event);
    this.#outer.push({ event: this.#event, record: this.#record });
  }

  #unnest(): void {
    const outer = this.#outer.pop() as Delivery;
    this.#event = outer.event;
    this.#record = outer.record;
  }

  #callSpecial(record: ListenerRecord, event: string, payload: unknown, collector: Collector | undefined): void {
    if (record.line) {
      record.line.push(record.scope ?? (this.#kernelScope as Scope), event, payload, collector);
      if (record.once) record.close();
      return;
    }
    if (record.once) record.close();
    record.calls++;
    if (record.inContext || this.#instrumented) {
      this.#callInContext(record, event, payload, collector);
      return;
    }
    const result = record.call(payload, event);
    if (isPromiseLike(result)) this.#track(record, event, result, collector);
  }

  #callInContext(record: ListenerRecord, event: string, payload: unknown, collector: Collector | undefined): void {
    const scope = record.scope ?? (this.#kernelScope as Scope);
    let done: (() => void) | undefined;
    const call = scope.run(record.spec, () => record.call(payload, event), {
      ok: () => done?.(),
      fail: (error) => {
        if (done) this.#failedLater(record, event, error, collector);
        else if (this.#loop === undefined) this.#failed(record, event, error, collector);
        done?.();
      },
    });
    // Nor while a nest is abandoned: a plain one is called without asking for that.
    if (!this.#instrumented && this.#loop === undefined) record.learn(call !== undefined);
    if (!call) return;
    const wait = new Promise<void>((resolve) => {
      done = resolve;
    });
    collector?.waits.push(wait);
  }

  #track(record: ListenerRecord, event: string, result: PromiseLike<unknown>, collector: Collector | undefined): void {
    record.learn(true);
    const scope = record.scope ?? (this.#kernelScope as Scope);
    const wait = new Promise<void>((resolve) => {
      scope.track(record.spec, undefined, result, {
        ok: () => resolve(),
        fail: (error) => {
          this.#failedLater(record, event, error, collector);
          resolve();
        },
      });
    });
    collector?.waits.push(wait);
  }

  #failed(record: ListenerRecord, event: string, error: unknown, collector: Collector | undefined): void {
    this.#failures.tell({ record, scope: record.scope ?? this.#kernelScope, event, error, collector });
  }

  #failedLater(record: ListenerRecord, event: string, error: unknown, collector: Collector | undefined): void {
    this.#failures.tellLater({ record, scope: record.scope ?? this.#kernelScope, event, error, collector });
  }

  #abandonNest(event: string): never {
    this.#loop = this.#failures.loopOf([...this.#outer.map((outer) => outer.event), this.#event, event]);
    // So that a delivery need not ask after each plain listener: until the nest is left there are none.
    this.#channels.makeSpecial();
    this.updateGate();
    throw this.#loop;
  }

  /** Leaves one level of a nest that went too deep; the outermost one tells the error. */
  #unwind(collector: Collector | undefined): void {
    const error = this.#loop as EventLoopError;
    if (this.#depth > 0) throw error;
    this.#loop = undefined;
    this.updateGate();
    this.#failures.tellLoop(error, { path: this.#kernelScope?.path ?? "", event: this.#event }, collector);
  }
}
