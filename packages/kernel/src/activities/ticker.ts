import { currentFrame, type Frame, isAbandoned, runInFrame } from "../async-context.ts";
import { type CallSpec, describe } from "../call.ts";
import { type Clock, isoTime, setTimerFor, type TimerTarget, wallTimeOf } from "../clock.ts";
import {
  AbandonedError,
  type AbortError,
  cancellation,
  isAbortError,
  isRetryLater,
  messageOf,
  NotRunningError,
  type RetryLater,
} from "../errors/errors.ts";
import type { Activity, Scope } from "../scope.ts";
import {
  cancelOn,
  type Handle,
  LazySignal,
  labelOf,
  type OnFailure,
  settleFailure,
  type TickContext,
} from "./activity-options.ts";
import { type Awaitable, Held } from "./held-handle.ts";

/** What a ticker calls. */
export type TickFunction<Result = unknown> = (context: TickContext) => Result | PromiseLike<Result>;

/** The handle of what beats by itself: `interval()` and `cron()`. */
export interface Interval<Result = unknown> extends Handle {
  /** Calls begun so far, those of `trigger` and further tries included. */
  readonly runs: number;
  /** Beats left out: a call was running or about to be tried again, the loop was blocked, the machine slept. */
  readonly skipped: number;
  /**
   * Makes a call now, beside the beats, and gives its result. While a call is running it waits for its end and has one
   * more made, which everybody shares who asks meanwhile: do not await it inside of that call. What the call throws is
   * the caller's where it is awaited, else it goes where failures of the beats go; a `RetryLater` is tried again all the
   * same.
   *
   * @throws NotRunningError, as a rejection, where the handle is cancelled or the service takes no work; AbortError,
   * where that happens before the call has begun
   */
  trigger(): Awaitable<Result>;
}

/**
 * The {@link Interval} that calls `Fn`. Of the function and not of its result, so that a function may name the handle it
 * belongs to: TypeScript looks for the result only where `trigger` is called.
 */
export interface IntervalOf<Fn extends (...args: never[]) => void> extends Interval {
  trigger(): Awaitable<Awaited<ReturnType<Fn>>>;
}

/** What the options of a {@link Ticker} come to. One object for all that have none of their own. */
export interface TickerSettings {
  readonly kind: string;
  /** @default the name of the function */
  readonly label: string | undefined;
  readonly onError: OnFailure;
  /** What is added to its figures, as plain JSON. */
  readonly figures: (() => Record<string, unknown>) | undefined;
}

/** A call that `trigger` has asked for. */
interface Asked<Result> {
  readonly result: Held<Result>;
  /** Who has asked first. */
  readonly frame: Frame | undefined;
}

/**
 * Where a {@link Ticker} is: between two calls, in one, in its last one since it was closed meanwhile, or closed with no
 * call under way.
 */
type Phase = "waiting" | "calling" | "closing" | "closed";

/** What most tickers never have: made when the first of it is needed. */
class Seldom<Result> {
  skipped = 0;
  errors = 0;
  /** How often in a row it has asked for another try. */
  attempts = 0;
  /** Wrapped, since anything can be thrown. */
  lastError: { readonly error: unknown } | undefined;
  /** Waits for the next call that begins. */
  asked: Asked<Result> | undefined;
  /** When the call is due that a RetryLater has asked for, on the monotonic clock. */
  retryAt: number | undefined;
  /** Cancels the wait for the next call, other than that of the beats. */
  cancelWait: (() => void) | undefined;
  /** Of the calls, once somebody may have looked at it. */
  signal: LazySignal | undefined;
  unlink: (() => void) | undefined;
}

const nothing: Seldom<never> = new Seldom();

/**
 * Calls one function again and again, never twice at once, whenever a beat comes, a `trigger` asks for it, or a call that
 * has asked for another try is due. Keeps the figures. Its subclasses say when beats come.
 *
 * A service may have a hundred thousand of them: what is kept of each is one object with few fields, and its timer.
 */
export abstract class Ticker<Result> implements Interval<Result>, Activity, TimerTarget {
  runs = 0;
  readonly #scope: Scope;
  readonly #self: unknown;
  readonly #fn: TickFunction<Result>;
  readonly #settings: TickerSettings;
  #phase: Phase = "waiting";
  /** On the monotonic clock, in whole milliseconds: a fraction would take an object of its own. */
  #lastAt: number | undefined;
  /** That of the beats. */
  #timer: Disposable | undefined;
  #seldom: Seldom<Result> | undefined;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings) {
    this.#scope = scope;
    this.#self = self;
    this.#fn = fn;
    this.#settings = settings;
  }

  /** Takes its place among what the scope holds; the first beat is waited for. */
  begin(signal: AbortSignal | undefined): void {
    this.#scope.add(this);
    if (signal) this.#orMake.unlink = cancelOn(signal, () => this.cancel());
    this.beginBeats();
  }

  /** Whether beats come by themselves, so that they can be missed, and do not only follow from the end of a call. */
  abstract get comeByThemselves(): boolean;
  /** When the next beat is due, in milliseconds since the Unix epoch; undefined where that is not known. */
  abstract get nextBeatAt(): number | undefined;
  protected abstract beginBeats(): void;
  /** The timer that {@link Ticker.setTimer} has set is due. */
  abstract onTimer(): void;
  /** Of the beats. */
  protected abstract beatFigures(): Record<string, unknown>;
  /** A call begins, whoever has asked for it. */
  protected callBegins(): void {}
  /** A call has ended and no other is asked for. */
  protected callEnded(_failed: boolean): void {}

  get kind(): string {
    return this.#settings.kind;
  }

  get label(): string {
    return this.#settings.label ?? labelOf(this.#fn, "anonymous");
  }

  get skipped(): number {
    return this.#seldom?.skipped ?? 0;
  }

  get timerLabel(): string {
    return `${this.#scope.path}: ${describe(this.call)}`;
  }

  protected get clock(): Clock {
    return this.#scope.core.clock;
  }

  /** As what its calls are known. */
  protected get call(): CallSpec {
    return { kind: this.kind, label: this.label, detached: true };
  }

  /** Sets the timer of the beats, which is one. */
  protected setTimer(ms: number): void {
    this.#timer = setTimerFor(this.clock, this, ms);
  }

  protected cancelTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  cancel(): void {
    this.close();
    this.#abort(() => this.#cancellation("was cancelled"));
  }

  close(): void {
    if (this.#isClosed) return;
    this.cancelTimer();
    this.#phase = this.#phase === "calling" ? "closing" : "closed";
    const seldom = this.#seldom;
    if (seldom) {
      this.#stopWaiting();
      seldom.unlink?.();
      seldom.asked?.result.outcome.settle({ error: this.#cancellation("ended before trigger() could call it") });
      seldom.asked = undefined;
    }
    if (this.#phase === "closed") this.#scope.remove(this);
  }

  abort(reason: AbortError): void {
    this.#abort(() => reason);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  trigger(): Awaitable<Result> {
    try {
      this.#requireWork();
    } catch (error) {
      return Promise.reject(error) as Awaitable<Result>;
    }
    const seldom = this.#orMake;
    seldom.asked ??= { result: new Held(), frame: currentFrame() };
    const { result } = seldom.asked;
    if (this.#phase === "waiting") this.#call();
    return result;
  }

  /** Makes a call; `missed` beats before this one are counted as skipped, and so is this one while a call is under way. */
  beat(missed = 0): void {
    if (this.#isClosed) return;
    if (this.#phase === "calling" || this.#seldom?.retryAt !== undefined) this.skip(missed + 1);
    else {
      this.skip(missed);
      this.#call();
    }
  }

  /** Counts beats that are not called for. */
  protected skip(beats: number): void {
    if (beats === 0) return;
    this.#orMake.skipped += beats;
    this.#scope.core.facts.record("tick.skipped", { path: this.#scope.path, label: this.label, beats });
  }

  inspect(): Record<string, unknown> {
    const { clock } = this;
    const { skipped, errors, attempts, lastError, retryAt } = this.#seldom ?? nothing;
    const nextAt = retryAt === undefined ? this.nextBeatAt : wallTimeOf(clock, retryAt);
    return {
      ...this.beatFigures(),
      ...this.#settings.figures?.(),
      runs: this.runs,
      ...(this.comeByThemselves ? { skipped } : {}),
      errors,
      attempts,
      running: this.#phase === "calling" || this.#phase === "closing",
      ...(this.#lastAt === undefined ? {} : { lastAt: isoTime(wallTimeOf(clock, this.#lastAt)) }),
      ...(this.#isClosed || nextAt === undefined ? {} : { nextAt: isoTime(nextAt) }),
      ...(lastError === undefined ? {} : { lastError: messageOf(lastError.error) }),
    };
  }

  get #isClosed(): boolean {
    return this.#phase === "closing" || this.#phase === "closed";
  }

  get #orMake(): Seldom<Result> {
    this.#seldom ??= new Seldom();
    return this.#seldom;
  }

  get #signal(): LazySignal {
    const seldom = this.#orMake;
    seldom.signal ??= new LazySignal();
    return seldom.signal;
  }

  #abort(reason: () => unknown): void {
    // Before the first call nobody can have looked at its signal.
    if (this.runs > 0) this.#signal.abort(reason);
  }

  #call(): void {
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const asked = this.#seldom?.asked;
    if (this.#seldom) {
      this.#seldom.asked = undefined;
      this.#stopWaiting();
    }
    this.#phase = "calling";
    this.runs++;
    this.callBegins();
    const began = clock.now();
    this.#lastAt = Math.round(began);
    const called = this.call;
    if (facts.wants("tick.started")) facts.record("tick.started", { path, label: this.label });
    const told = (failure: { readonly error?: unknown } = {}) => {
      if (!facts.wants("tick.ended")) return;
      facts.record("tick.ended", { path, label: this.label, ms: clock.now() - began, ...failure });
    };
    const context = this.#context();
    // Who has asked for it waits for it: what the call stops must know.
    const spec = asked?.frame ? { ...called, detached: false } : called;
    const run = () =>
      this.#scope.run(spec, () => this.#fn.call(this.#self as never, context), {
        ok: (value) => {
          told();
          if (this.#seldom) this.#seldom.attempts = 0;
          asked?.result.outcome.settle({ value });
          this.#ended(() => this.callEnded(false));
        },
        fail: (error) => {
          told(isRetryLater(error) ? {} : { error });
          this.#failed(called, error, asked);
        },
      });
    if (asked?.frame) runInFrame(asked.frame, run);
    else run();
  }

  /** It has an accessor of its own, as that of {@link LazySignal}, and makes the signal only for who looks at it. */
  #context(): TickContext {
    const ticker = this;
    return {
      get signal() {
        return ticker.#signal.signal;
      },
      attempt: (this.#seldom?.attempts ?? 0) + 1,
    };
  }

  #failed(called: CallSpec, error: unknown, asked: Asked<Result> | undefined): void {
    const seldom = this.#orMake;
    const isCancelled = (seldom.signal?.aborted || this.#scope.aborted !== undefined) && isAbortError(error);
    // An abandonment is told by the stop.
    const isTold = isCancelled || error instanceof AbandonedError;
    asked?.result.outcome.settle({ error });
    if (isRetryLater(error)) {
      seldom.attempts++;
      this.#ended(() => this.#retry(error));
      return;
    }
    seldom.attempts = 0;
    if (!isTold) {
      seldom.errors++;
      seldom.lastError = { error };
      this.#tell(called, error, asked);
    }
    this.#ended(() => this.callEnded(true));
  }

  /** Tells a failure: to who has asked for the call, where somebody awaits it, else as that of any beat. */
  #tell(called: CallSpec, error: unknown, asked: Asked<Result> | undefined): void {
    const scope = this.#scope;
    const tell = () => settleFailure(scope, called, error, this.#settings.onError, this.#isClosed);
    if (!asked) tell();
    else asked.result.outcome.judge(this.clock, (verdict, end) => scope.track(called, undefined, verdict, end), tell);
  }

  /** The end of a call, after everything that it has led to; `next` waits for the next one. */
  #ended(next: () => void): void {
    if (this.#phase === "closing") {
      this.#phase = "closed";
      this.#scope.remove(this);
      return;
    }
    if (this.#phase === "calling") this.#phase = "waiting";
    // A turn later: a call that triggers itself must not hold up everything else.
    if (this.#seldom?.asked) this.#seldom.cancelWait = this.clock.defer(() => this.#call());
    else next();
  }

  #retry({ afterMs }: RetryLater): void {
    const { path, core } = this.#scope;
    const seldom = this.#orMake;
    seldom.retryAt = core.clock.now() + afterMs;
    seldom.cancelWait = core.clock.setTimer(() => this.#call(), afterMs, this.timerLabel);
    core.facts.record("retry.scheduled", { path, label: this.label, attempt: seldom.attempts + 1, ms: afterMs });
  }

  #stopWaiting(): void {
    const seldom = this.#orMake;
    seldom.retryAt = undefined;
    seldom.cancelWait?.();
    seldom.cancelWait = undefined;
  }

  #cancellation(what: string): AbortError {
    return cancellation(`${this.#scope.path}: ${describe(this.call)} ${what}`, this.#scope.path);
  }

  /** @throws NotRunningError */
  #requireWork(): void {
    const { core, open, path, token } = this.#scope;
    core.facts.refuseObserver("trigger");
    if (!this.#isClosed && open && !isAbandoned(token.identity)) return;
    const why = this.#isClosed
      ? "after it had ended: it was cancelled, or its service has stopped"
      : open
        ? "by a call that a stop has left behind; look at its signal"
        : "while its service takes no work";
    throw new NotRunningError(`${path}: trigger() of ${describe(this.call)} was called ${why}`, { path });
  }
}
