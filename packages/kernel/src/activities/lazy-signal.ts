import type { CallContext, TickContext } from "./activity-options.ts";

/** What has a signal, and makes it when it is first read. */
export interface SignalSource {
  readonly signal: AbortSignal;
}

/** A signal that is made when it is first read. */
export class LazySignal implements SignalSource {
  #controller: AbortController | undefined;
  #reason: (() => unknown) | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason());
    }
    return this.#controller.signal;
  }

  get context(): CallContext {
    return new LazyContext(this);
  }

  /** A context of its own for one call. */
  contextOf(attempt: number): TickContext {
    return new LazyTickContext(this, attempt);
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** `reason` is asked for once, and only where somebody has the signal: an error captures a stack. */
  abort(reason: () => unknown): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason());
  }
}

/**
 * What callbacks get: its signal is an accessor of its own, so that it can be taken apart and spread like any object.
 * From when it has been read it no longer leads to where it came from.
 */
export class LazyContext implements CallContext {
  // One getter for all of them: one for each takes three times as long, as much as the call of an action, and 300 bytes.
  static readonly #own: PropertyDescriptor & ThisType<LazyContext> = {
    get() {
      this.#signal ??= (this.#source as SignalSource).signal;
      this.#source = undefined;
      return this.#signal;
    },
    configurable: true,
    enumerable: true,
  };
  declare readonly signal: AbortSignal;
  #source: SignalSource | undefined;
  #signal: AbortSignal | undefined;

  constructor(source: SignalSource) {
    this.#source = source;
    Object.defineProperty(this, "signal", LazyContext.#own);
  }
}

/** What ticks get. */
export class LazyTickContext extends LazyContext implements TickContext {
  readonly attempt: number;

  constructor(source: SignalSource, attempt: number) {
    super(source);
    this.attempt = attempt;
  }
}
