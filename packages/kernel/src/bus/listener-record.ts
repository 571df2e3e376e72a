import type { CallSpec } from "../call.ts";
import { messageOf } from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import type { Collector } from "./collector.ts";

/** Where events wait until their listener is called with them. */
export interface EventLine extends Activity {
  /** Puts an event in line; what becomes of it is told by the collector, where there is one. */
  push(scope: Scope, event: string, payload: unknown, collector: Collector | undefined): void;
  /** Drops what is in line. */
  cancel(): void;
  /** Leaves the tree if it has nothing to do and nothing more can come. */
  rest(): void;
}

type Handler = (this: unknown, payload: unknown, event?: string) => unknown;

const asyncFunction = Object.getPrototypeOf(async () => {}) as object;

/** One subscription, as the bus keeps it and as its owner's scope holds it. */
export class ListenerRecord implements Activity {
  readonly kind = "listener";
  /** The name or pattern that it listens to. */
  readonly label: string;
  readonly spec: CallSpec;
  readonly fn: Handler;
  /** What the handler is called on. */
  readonly self: unknown;
  /** `fn` bound to `self`. */
  readonly bound: (payload: unknown) => unknown;
  /** The scope that owns it; undefined for the kernel itself. */
  readonly scope: Scope | undefined;
  readonly once: boolean;
  /** For patterns: whether a name matches. */
  readonly matches: ((event: string) => boolean) | undefined;
  /** Cleared when it is removed: a list that is being delivered passes it over. */
  live = true;
  /**
   * Whether its next call gets an async context of its own. Synchronous listeners go without, since it would cost an
   * order of magnitude; the first call shows which kind a listener is.
   */
  inContext = true;
  /** Whether nothing is special about its next call: it is live, exact, lasting, and known to be synchronous. */
  plain = false;
  /** Where its events wait; undefined where it is called by the emit itself. */
  line: EventLine | undefined = undefined;
  calls = 0;
  errors = 0;
  lastError: unknown;
  readonly #alwaysAsync: boolean;
  readonly #remove: (record: ListenerRecord) => void;
  #onRemoved: (() => void) | undefined;

  constructor(
    event: string,
    fn: Handler,
    self: unknown,
    scope: Scope | undefined,
    once: boolean,
    matches: ((event: string) => boolean) | undefined,
    remove: (record: ListenerRecord) => void,
  ) {
    this.label = event;
    this.spec = { kind: "listener of", label: event };
    this.fn = fn;
    this.self = self;
    this.bound = fn.bind(self);
    this.scope = scope;
    this.once = once;
    this.matches = matches;
    this.#alwaysAsync = Object.getPrototypeOf(fn) === asyncFunction;
    this.#remove = remove;
  }

  /** Takes note of what a call gave: a listener that ever returned a promise is called in a context from then on. */
  learn(returnedPromise: boolean): void {
    this.inContext = returnedPromise || this.#alwaysAsync;
    this.plain = this.live && !this.once && !this.inContext && this.matches === undefined;
  }

  /** Calls `fn` when the subscription has ended, at once where it has. */
  whenRemoved(fn: () => void): void {
    if (this.live) this.#onRemoved = fn;
    else fn();
  }

  call(payload: unknown, event: string): unknown {
    return this.matches ? this.fn.call(this.self, payload, event) : this.fn.call(this.self, payload);
  }

  /** Ends the subscription: what is in line for it is dropped. */
  cancel(): void {
    this.close();
    this.line?.cancel();
  }

  /** Hears no event any more. */
  close(): void {
    if (!this.live) return;
    this.live = false;
    this.plain = false;
    this.scope?.remove(this);
    this.line?.rest();
    this.#remove(this);
    this.#onRemoved?.();
    this.#onRemoved = undefined;
  }

  abort(): void {}

  get figures(): Record<string, unknown> {
    return {
      runs: this.calls,
      errors: this.errors,
      ...(this.errors > 0 ? { lastError: messageOf(this.lastError) } : {}),
    };
  }

  // When it was called last is not known: to ask the clock would cost more than the call.
  inspect(): Record<string, unknown> {
    return this.figures;
  }
}
