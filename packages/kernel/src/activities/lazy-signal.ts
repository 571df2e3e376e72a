import type { CallContext, TickContext } from "./activity-options.ts";

/** What has a signal, and makes it when it is first read. */
interface SignalSource {
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

/** What callbacks get, with a signal that is made when it is first read. */
class LazyContext implements CallContext {
  declare readonly signal: AbortSignal;
  #source: SignalSource | undefined;
  #signal: AbortSignal | undefined;

  constructor(source: SignalSource) {
    this.#source = source;
    Object.defineProperty(this, "signal", ownSignal);
  }

  static signalOf(context: LazyContext): AbortSignal {
    context.#signal ??= (context.#source as SignalSource).signal;
    context.#source = undefined;
    return context.#signal;
  }
}

/** What ticks get. From when its signal has been read it no longer leads to where that came from. */
export class LazyTickContext extends LazyContext implements TickContext {
  readonly attempt: number;

  constructor(source: SignalSource, attempt: number) {
    super(source);
    this.attempt = attempt;
  }
}

// Each context has it as its own, so that it can be taken apart, spread and compared like any object; all share one
// accessor, since one for each of them takes three times as long and 300 bytes.
const ownSignal = {
  configurable: true,
  enumerable: true,
  get(this: LazyContext): AbortSignal {
    return LazyContext.signalOf(this);
  },
};
