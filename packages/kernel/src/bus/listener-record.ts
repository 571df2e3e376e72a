import type { CallSpec } from "../call.ts";
import type { Activity, Scope } from "../scope.ts";

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

  close(): void {
    if (!this.live) return;
    this.live = false;
    this.plain = false;
    this.scope?.remove(this);
    this.#remove(this);
    this.#onRemoved?.();
    this.#onRemoved = undefined;
  }

  abort(): void {}

  inspect(): Record<string, unknown> {
    return { runs: this.calls, errors: this.errors };
  }
}
