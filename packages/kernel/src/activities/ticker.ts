import { currentFrame, isAbandoned, runInFrame } from "../async-context.ts";
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
import { cancelOn, labelOf, type OnFailure, settleFailure } from "./activity-options.ts";
import { type Awaitable, Held } from "./held-handle.ts";
import type { Interval, TickFunction } from "./interval-handle.ts";
import { LazySignal, LazyTickContext } from "./lazy-signal.ts";
import { type Asked, noExtras, TickerExtras } from "./ticker-extras.ts";

/** What the options of a {@link Ticker} come to. One object for all that have none of their own. */
export interface TickerSettings {
  readonly kind: string;
  /** @default the name of the function */
  readonly label: string | undefined;
  readonly onError: OnFailure;
  /** What is added to its figures, as plain JSON. */
  readonly figures: (() => Record<string, unknown>) | undefined;
}

/**
 * Where a {@link Ticker} is: between two calls, in one, in its last one since it was closed meanwhile, or closed with no
 * call under way.
 */
type Phase = "waiting" | "calling" | "closing" | "closed";

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
  #extras: TickerExtras<Result> | undefined;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings) {
    this.#scope = scope;
    this.#self = self;
    this.#fn = fn;
    this.#settings = settings;
  }

  /** Takes its place among what the scope holds; the first beat is waited for. */
  begin(signal: AbortSignal | undefined): void {
    this.#scope.add(this);
    if (signal) this.#madeExtras.unlink = cancelOn(signal, () => this.cancel());
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
    return this.#extras?.skipped ?? 0;
  }

  /** That of its calls. */
  get signal(): AbortSignal {
    return this.#lazySignal.signal;
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
    const extras = this.#extras;
    if (extras) {
      this.#stopWaiting();
      extras.unlink?.();
      extras.asked?.result.outcome.settle({ error: this.#cancellation("ended before trigger() could call it") });
      extras.asked = undefined;
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
    const extras = this.#madeExtras;
    extras.asked ??= { result: new Held(), frame: currentFrame() };
    const { result } = extras.asked;
    if (this.#phase === "waiting") this.#call();
    return result;
  }

  /** Makes a call; `missed` beats before this one are counted as skipped, and so is this one while a call is under way. */
  beat(missed = 0): void {
    if (this.#isClosed) return;
    if (this.#phase === "calling" || this.#extras?.retryAt !== undefined) this.skip(missed + 1);
    else {
      this.skip(missed);
      this.#call();
    }
  }

  /** Counts beats that are not called for. */
  protected skip(beats: number): void {
    if (beats === 0) return;
    this.#madeExtras.skipped += beats;
    this.#scope.core.facts.record("tick.skipped", { path: this.#scope.path, label: this.label, beats });
  }

  inspect(): Record<string, unknown> {
    const { clock } = this;
    const { skipped, errors, attempts, lastError, retryAt } = this.#extras ?? noExtras;
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

  get #madeExtras(): TickerExtras<Result> {
    this.#extras ??= new TickerExtras();
    return this.#extras;
  }

  get #lazySignal(): LazySignal {
    const extras = this.#madeExtras;
    extras.signal ??= new LazySignal();
    return extras.signal;
  }

  #abort(reason: () => unknown): void {
    // Before the first call nobody can have looked at its signal.
    if (this.runs > 0) this.#lazySignal.abort(reason);
  }

  #call(): void {
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const asked = this.#extras?.asked;
    if (this.#extras) {
      this.#extras.asked = undefined;
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
    // Who takes it may keep it for ever: it must not lead to the kernel. Most take none, and need no signal made for that.
    const source = this.#fn.length > 0 ? this.#lazySignal : this;
    const context = new LazyTickContext(source, (this.#extras?.attempts ?? 0) + 1);
    // Who has asked for it waits for it: what the call stops must know.
    const spec = asked?.frame ? { ...called, detached: false } : called;
    const run = () =>
      this.#scope.run(spec, () => this.#fn.call(this.#self as never, context), {
        ok: (value) => {
          told();
          if (this.#extras) this.#extras.attempts = 0;
          asked?.result.outcome.settle({ value });
          this.#ended(() => this.callEnded(false));
        },
        fail: (error) => {
          told(isRetryLater(error) ? {} : { error });
          // It may be kept for ever where it was left behind, and must not lead to the kernel.
          if (error instanceof AbandonedError) void context.signal;
          this.#failed(called, error, asked);
        },
      });
    if (asked?.frame) runInFrame(asked.frame, run);
    else run();
  }

  #failed(called: CallSpec, error: unknown, asked: Asked<Result> | undefined): void {
    const extras = this.#madeExtras;
    const isCancelled = (extras.signal?.aborted || this.#scope.aborted !== undefined) && isAbortError(error);
    // An abandonment is told by the stop.
    const isTold = isCancelled || error instanceof AbandonedError;
    asked?.result.outcome.settle({ error });
    if (isRetryLater(error)) {
      extras.attempts++;
      this.#ended(() => this.#retry(error));
      return;
    }
    extras.attempts = 0;
    if (!isTold) {
      extras.errors++;
      extras.lastError = { error };
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
    if (this.#extras?.asked) this.#extras.cancelWait = this.clock.defer(() => this.#call());
    else next();
  }

  #retry({ afterMs }: RetryLater): void {
    const { path, core } = this.#scope;
    const extras = this.#madeExtras;
    extras.retryAt = core.clock.now() + afterMs;
    extras.cancelWait = core.clock.setTimer(() => this.#call(), afterMs, this.timerLabel);
    core.facts.record("retry.scheduled", { path, label: this.label, attempt: extras.attempts + 1, ms: afterMs });
  }

  #stopWaiting(): void {
    const extras = this.#madeExtras;
    extras.retryAt = undefined;
    extras.cancelWait?.();
    extras.cancelWait = undefined;
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
