import { EventEmitter } from "eventemitter3";
import type { RunToken } from "../async-context.ts";
import { isPromiseLike } from "../bounded.ts";
import {
  AbandonedError,
  EmitError,
  EventLoopError,
  EventPayloadError,
  EventSchemaError,
  isAbortError,
} from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import type { Schema } from "../schema.ts";
import type { Scope, ScopeCore } from "../scope.ts";
import { Channel, ListenerList } from "./listener-list.ts";
import { ListenerRecord } from "./listener-record.ts";
import { checkEventName, compilePattern, isPattern } from "./pattern.ts";

const deepestNest = 100;

/** What `emitAndWait` gathers. */
interface Collector {
  readonly failures: { readonly path: string; readonly error: unknown }[];
  readonly waits: Promise<void>[];
}

export interface ListenerOptions {
  readonly once?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Delivers events: synchronously, in the order of subscription, one failure never in the way of another listener.
 *
 * A map from names to channels of our own stands in front: eventemitter3's `emit` lets a throwing listener silence its
 * siblings and calls listeners already removed. It keeps one dispatcher for each name that is listened to and answers
 * which names those are.
 */
export class Dispatcher {
  readonly #core: ScopeCore;
  /** The scope of the kernel's own listeners; undefined while the kernel is not up: then nobody is called. */
  #kernelScope: Scope | undefined;
  readonly #emitter = new EventEmitter<Record<string, [payload: unknown]>>();
  readonly #channels = new Map<string, Channel>();
  readonly #patterns = new ListenerList();
  readonly #schemas: ReadonlyMap<string, Schema<unknown, unknown>>;
  readonly #taps = new Set<(event: string, payload: unknown) => void>();
  /** Whether an emit has more to do than to deliver: the kernel is down, facts, taps or schemas are asked for. */
  #gated = true;
  #depth = 0;
  /** The names of the nested emits under way, by depth. */
  readonly #names: string[] = [];
  /** The listeners being called, by depth. */
  readonly #current: (ListenerRecord | undefined)[] = [];
  /** Set while a nest that went too deep unwinds. */
  #loop: EventLoopError | undefined;

  constructor(core: ScopeCore, schemas: ReadonlyMap<string, Schema<unknown, unknown>>) {
    this.#core = core;
    this.#schemas = schemas;
  }

  /** The names that somebody listens to, patterns left out. */
  get names(): readonly string[] {
    return this.#emitter.eventNames();
  }

  /** The live listeners that services own, as `shop/metrics: listener of "order:*"`. */
  get serviceListeners(): readonly string[] {
    const exact = [...this.#channels.values()].flatMap(({ records }) => records.filter((record) => !record.matches));
    return [...exact, ...this.#patterns.records]
      .filter((record) => record.live && record.scope)
      .map((record) => `${record.scope?.path}: listener of "${record.label}"`);
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
    const { facts } = this.#core;
    this.#gated =
      !this.#kernelScope ||
      this.#schemas.size > 0 ||
      this.#taps.size > 0 ||
      facts.observing ||
      facts.wants("event.emitted") ||
      this.#loop !== undefined;
  }

  /** Whether a listener that is being called synchronously belongs to what stopping `token` stops. */
  isDelivering(token: RunToken): boolean {
    for (let i = 0; i < this.#depth; i++) {
      const owner = this.#current[i]?.scope ?? this.#kernelScope;
      if (this.#current[i] && owner?.token.isWithin(token)) return true;
    }
    return false;
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
    if (typeof fn !== "function") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `listen("${event}"): the listener must be a function, not ${typeof fn}`,
      );
    }
    const record = new ListenerRecord(
      event,
      fn as unknown as ListenerRecord["fn"],
      self,
      scope,
      options.once === true,
      matches,
      this.#removed,
    );
    this.#insert(record);
    scope?.add(record);
    const { signal } = options;
    if (signal) {
      const cancel = () => record.close();
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
  emit(event: string, payload: unknown): number {
    if (this.#gated) return this.#emitGated(event, payload, undefined);
    const channel = this.#channels.get(event);
    return channel === undefined
      ? this.#emitUnlisted(event, payload, undefined)
      : this.#deliver(channel, event, payload, undefined);
  }

  /** Like `emit`, and waits for the async listeners; rejects with an {@link EmitError} of all failures. */
  async emitAndWait(event: string, payload: unknown): Promise<void> {
    const collector: Collector = { failures: [], waits: [] };
    this.#emitGated(event, payload, collector);
    if (collector.waits.length > 0) await Promise.all(collector.waits);
    if (collector.failures.length > 0) throw new EmitError(event, collector.failures);
  }

  #emitGated(event: string, payload: unknown, collector: Collector | undefined): number {
    const { facts } = this.#core;
    facts.refuseObserver("emit");
    if (this.#loop) throw this.#loop;
    if (!this.#channels.has(event)) checkEventName(event);
    const parsed = this.#schemas.size > 0 ? this.#parse(event, payload) : payload;
    if (!this.#kernelScope) return 0;
    for (const tap of this.#taps) tap(event, parsed);
    const channel = this.#channels.get(event);
    const called = channel
      ? this.#deliver(channel, event, parsed, collector)
      : this.#emitUnlisted(event, parsed, collector);
    if (facts.wants("event.emitted")) facts.record("event.emitted", { event, listeners: called });
    return called;
  }

  /** A name without exact listeners: it is not remembered, so that made-up names cost no memory. */
  #emitUnlisted(event: string, payload: unknown, collector: Collector | undefined): number {
    checkEventName(event);
    const list = this.#matching(event);
    return list.records.length === 0 ? 0 : this.#deliver(list, event, payload, collector);
  }

  #matching(event: string): Channel {
    const channel = new Channel();
    for (const record of this.#patterns.records) if (record.live && record.matches?.(event)) channel.add(record);
    return channel;
  }

  #parse(event: string, payload: unknown): unknown {
    const schema = this.#schemas.get(event);
    if (!schema) return payload;
    const result = schema["~standard"].validate(payload);
    if (isPromiseLike(result)) {
      // What becomes of it is of no interest: the emit has failed.
      result.then(undefined, () => {});
      throw new EventSchemaError(event);
    }
    if (result.issues) throw new EventPayloadError(event, result.issues);
    return result.value;
  }

  #deliver(list: ListenerList, event: string, payload: unknown, collector: Collector | undefined): number {
    const depth = this.#depth;
    if (depth >= deepestNest) this.#abandonNest(event);
    this.#names[depth] = event;
    this.#depth = depth + 1;
    list.delivering++;
    const { records } = list;
    // Fixed first: a listener added meanwhile is called on the next emit.
    const length = records.length;
    let called = 0;
    for (let i = 0; i < length; i++) {
      const record = records[i] as ListenerRecord;
      if (!record.live) continue;
      if (record.once) record.close();
      called++;
      record.calls++;
      this.#current[depth] = record;
      try {
        if (record.inContext) this.#callInContext(record, event, payload, collector);
        else {
          const result = record.matches
            ? record.fn.call(record.self, payload, event)
            : record.fn.call(record.self, payload);
          if (typeof result === "object" && isPromiseLike(result)) this.#track(record, event, result, collector);
        }
      } catch (error) {
        if (this.#loop === undefined) this.#failed(record, event, error, collector);
      }
      if (this.#loop !== undefined) break;
    }
    this.#current[depth] = undefined;
    this.#depth = depth;
    if (--list.delivering === 0) list.compact();
    if (this.#loop !== undefined) this.#unwind(collector);
    return called;
  }

  #callInContext(record: ListenerRecord, event: string, payload: unknown, collector: Collector | undefined): void {
    const scope = record.scope ?? (this.#kernelScope as Scope);
    let done: (() => void) | undefined;
    const call = scope.run(
      record.spec,
      () => (record.matches ? record.fn.call(record.self, payload, event) : record.fn.call(record.self, payload)),
      {
        ok: () => done?.(),
        fail: (error) => {
          if (done) this.#failedLater(record, event, error, collector);
          else if (this.#loop === undefined) this.#failed(record, event, error, collector);
          done?.();
        },
      },
    );
    record.learn(call !== undefined);
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
    record.errors++;
    record.lastError = error;
    const path = (record.scope ?? this.#kernelScope)?.path ?? "";
    if (collector) collector.failures.push({ path, error });
    else this.#core.report(error, { path, label: `listener of "${record.label}"`, event });
  }

  /** An async listener rejected, or was abandoned. */
  #failedLater(record: ListenerRecord, event: string, error: unknown, collector: Collector | undefined): void {
    const scope = record.scope ?? this.#kernelScope;
    if (scope?.aborted && isAbortError(error)) return;
    record.errors++;
    record.lastError = error;
    if (collector) collector.failures.push({ path: scope?.path ?? "", error });
    // An abandonment is told by the stop.
    else if (!(error instanceof AbandonedError)) scope?.fail(record.spec, error, { event });
  }

  #abandonNest(event: string): never {
    this.#loop = new EventLoopError([...this.#names.slice(0, this.#depth), event]);
    this.updateGate();
    throw this.#loop;
  }

  /** Leaves one level of a nest that went too deep; the outermost one tells the error. */
  #unwind(collector: Collector | undefined): void {
    const error = this.#loop as EventLoopError;
    if (this.#depth > 0) throw error;
    this.#loop = undefined;
    this.updateGate();
    if (collector) collector.failures.push({ path: "", error });
    else
      this.#core.report(error, {
        path: this.#kernelScope?.path ?? "",
        label: `event "${this.#names[0]}"`,
        event: this.#names[0] as string,
      });
  }

  #insert(record: ListenerRecord): void {
    if (record.matches) {
      this.#patterns.add(record);
      for (const [event, channel] of this.#channels) if (record.matches(event)) channel.add(record);
      return;
    }
    let channel = this.#channels.get(record.label);
    if (!channel) {
      channel = this.#matching(record.label);
      this.#channels.set(record.label, channel);
      this.#emitter.on(record.label, (payload) => void this.emit(record.label, payload));
    }
    channel.add(record);
    channel.exact++;
  }

  readonly #removed = (record: ListenerRecord): void => {
    if (record.matches) {
      this.#patterns.removed();
      for (const [event, channel] of this.#channels) if (record.matches(event)) channel.removed();
      return;
    }
    const channel = this.#channels.get(record.label);
    if (!channel) return;
    channel.exact--;
    if (channel.exact === 0) {
      this.#channels.delete(record.label);
      this.#emitter.off(record.label);
    } else channel.removed();
  };
}
