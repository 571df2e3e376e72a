import { currentFrame, type Frame, isAbandoned, runInFrame } from "../async-context.ts";
import { type CallSpec, describe } from "../call.ts";
import { type Clock, isoTime, wallTimeOf } from "../clock.ts";
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
  type ActivityOptions,
  cancelOn,
  type Handle,
  LazySignal,
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

/** What {@link Beats} beat on. */
export interface BeatTaker {
  readonly clock: Clock;
  /** Makes a call; `missed` beats before this one are counted as skipped, and so is this one while a call is under way. */
  beat(missed?: number): void;
  /** Counts beats that are not called for. */
  skip(beats: number): void;
  /** Sets a timer in its name; gives back its cancel. */
  setTimer(fn: () => void, ms: number): () => void;
}

/** When the calls of a {@link Ticker} are due. */
export interface Beats {
  /** Whether beats come by themselves, so that they can be missed, and do not only follow from the end of a call. */
  readonly comeByThemselves: boolean;
  /** When the next one is due, in milliseconds since the Unix epoch; undefined where that is not known. */
  readonly nextAt: number | undefined;
  begin(taker: BeatTaker): void;
  /** A call begins, whoever has asked for it. */
  callBegins?(): void;
  /** A call has ended and no other is asked for. */
  callEnded?(failed: boolean): void;
  /** Cancels its timers. */
  end(): void;
  inspect(): Record<string, unknown>;
}

/** What a {@link Ticker} is made of. */
export interface TickerParts<Result> {
  readonly call: CallSpec;
  readonly label: string;
  readonly fn: TickFunction<Result>;
  readonly beats: Beats;
  readonly options: ActivityOptions;
}

/** A call that `trigger` has asked for. */
interface Asked<Result> {
  readonly result: Held<Result>;
  /** Who has asked first. */
  readonly frame: Frame | undefined;
}

/**
 * Calls one function again and again, never twice at once, whenever its {@link Beats} say so, a `trigger` asks for it, or
 * a call that has asked for another try is due. Keeps the figures.
 */
export class Ticker<Result> implements Interval<Result>, BeatTaker, Activity {
  readonly kind: string;
  readonly label: string;
  runs = 0;
  skipped = 0;
  #errors = 0;
  /** How often in a row it has asked for another try. */
  #attempts = 0;
  /** Wrapped, since anything can be thrown. */
  #lastError: { readonly error: unknown } | undefined;
  /** On the monotonic clock, as `#retryAt`. */
  #lastAt: number | undefined;
  readonly #scope: Scope;
  readonly #fn: TickFunction<Result>;
  readonly #beats: Beats;
  readonly #onError: ActivityOptions["onError"];
  readonly #spec: CallSpec;
  readonly #signal = new LazySignal();
  readonly #unlink: () => void;
  #running = false;
  #closed = false;
  /** Waits for the next call that begins. */
  #asked: Asked<Result> | undefined;
  /** When the call is due that a RetryLater has asked for. */
  #retryAt: number | undefined;
  /** Cancels the wait for the next call, other than that of the beats. */
  #cancelWait: (() => void) | undefined;

  constructor(scope: Scope, { call, label, fn, beats, options }: TickerParts<Result>) {
    this.#scope = scope;
    this.#spec = call;
    this.kind = call.kind;
    this.label = label;
    this.#fn = fn;
    this.#beats = beats;
    this.#onError = options.onError;
    scope.add(this);
    this.#unlink = cancelOn(options.signal, () => this.cancel());
    beats.begin(this);
  }

  get clock(): Clock {
    return this.#scope.core.clock;
  }

  cancel(): void {
    this.close();
    this.#signal.abort(() => this.#cancellation("was cancelled"));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#beats.end();
    this.#stopWaiting();
    this.#unlink();
    this.#asked?.result.outcome.settle({ error: this.#cancellation("ended before trigger() could call it") });
    this.#asked = undefined;
    if (!this.#running) this.#scope.remove(this);
  }

  abort(reason: AbortError): void {
    this.#signal.abort(() => reason);
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
    this.#asked ??= { result: new Held(), frame: currentFrame() };
    const { result } = this.#asked;
    if (!this.#running) this.#call();
    return result;
  }

  beat(missed = 0): void {
    if (this.#closed) return;
    if (this.#running || this.#retryAt !== undefined) this.skip(missed + 1);
    else {
      this.skip(missed);
      this.#call();
    }
  }

  skip(beats: number): void {
    if (beats === 0) return;
    this.skipped += beats;
    this.#scope.core.facts.record("tick.skipped", { path: this.#scope.path, label: this.label, beats });
  }

  setTimer(fn: () => void, ms: number): () => void {
    return this.clock.setTimer(fn, ms, `${this.#scope.path}: ${describe(this.#spec)}`);
  }

  inspect(): Record<string, unknown> {
    const { clock } = this;
    const nextAt = this.#retryAt === undefined ? this.#beats.nextAt : wallTimeOf(clock, this.#retryAt);
    return {
      ...this.#beats.inspect(),
      runs: this.runs,
      ...(this.#beats.comeByThemselves ? { skipped: this.skipped } : {}),
      errors: this.#errors,
      attempts: this.#attempts,
      running: this.#running,
      ...(this.#lastAt === undefined ? {} : { lastAt: isoTime(wallTimeOf(clock, this.#lastAt)) }),
      ...(this.#closed || nextAt === undefined ? {} : { nextAt: isoTime(nextAt) }),
      ...(this.#lastError === undefined ? {} : { lastError: messageOf(this.#lastError.error) }),
    };
  }

  #call(): void {
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    const { label } = this;
    const asked = this.#asked;
    this.#asked = undefined;
    this.#stopWaiting();
    this.#running = true;
    this.runs++;
    this.#beats.callBegins?.();
    const began = clock.now();
    this.#lastAt = began;
    if (facts.wants("tick.started")) facts.record("tick.started", { path, label });
    const told = (failure: { readonly error?: unknown } = {}) => {
      if (!facts.wants("tick.ended")) return;
      facts.record("tick.ended", { path, label, ms: clock.now() - began, ...failure });
    };
    const context = this.#signal.contextOf(this.#attempts + 1);
    // Who has asked for it waits for it: what the call stops must know.
    const spec = asked?.frame ? { ...this.#spec, detached: false } : this.#spec;
    const run = () =>
      this.#scope.run(spec, () => this.#fn(context), {
        ok: (value) => {
          told();
          this.#attempts = 0;
          asked?.result.outcome.settle({ value });
          this.#ended(() => this.#beats.callEnded?.(false));
        },
        fail: (error) => {
          told(isRetryLater(error) ? {} : { error });
          this.#failed(error, asked);
        },
      });
    if (asked?.frame) runInFrame(asked.frame, run);
    else run();
  }

  #failed(error: unknown, asked: Asked<Result> | undefined): void {
    const isCancelled = (this.#signal.aborted || this.#scope.aborted !== undefined) && isAbortError(error);
    // An abandonment is told by the stop.
    const isTold = isCancelled || error instanceof AbandonedError;
    asked?.result.outcome.settle({ error });
    if (isRetryLater(error)) {
      this.#attempts++;
      this.#ended(() => this.#retry(error));
      return;
    }
    this.#attempts = 0;
    if (!isTold) {
      this.#errors++;
      this.#lastError = { error };
      this.#tell(error, asked);
    }
    this.#ended(() => this.#beats.callEnded?.(true));
  }

  /** Tells a failure: to who has asked for the call, where somebody awaits it, else as that of any beat. */
  #tell(error: unknown, asked: Asked<Result> | undefined): void {
    const scope = this.#scope;
    const tell = () => settleFailure(scope, this.#spec, error, this.#onError ?? "report", this.#closed);
    if (!asked) tell();
    else
      asked.result.outcome.judge(this.clock, (verdict, end) => scope.track(this.#spec, undefined, verdict, end), tell);
  }

  /** The end of a call, after everything that it has led to; `next` waits for the next one. */
  #ended(next: () => void): void {
    this.#running = false;
    if (this.#closed) this.#scope.remove(this);
    // A turn later: a call that triggers itself must not hold up everything else.
    else if (this.#asked) this.#cancelWait = this.clock.defer(() => this.#call());
    else next();
  }

  #retry({ afterMs }: RetryLater): void {
    const { path, core } = this.#scope;
    this.#retryAt = core.clock.now() + afterMs;
    this.#cancelWait = this.setTimer(() => this.#call(), afterMs);
    core.facts.record("retry.scheduled", { path, label: this.label, attempt: this.#attempts + 1, ms: afterMs });
  }

  #stopWaiting(): void {
    this.#retryAt = undefined;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #cancellation(what: string): AbortError {
    return cancellation(`${this.#scope.path}: ${describe(this.#spec)} ${what}`, this.#scope.path);
  }

  /** @throws NotRunningError */
  #requireWork(): void {
    const { core, open, path, token } = this.#scope;
    core.facts.refuseObserver("trigger");
    if (!this.#closed && open && !isAbandoned(token.identity)) return;
    const why = this.#closed
      ? "after it had ended: it was cancelled, or its service has stopped"
      : open
        ? "by a call that a stop has left behind; look at its signal"
        : "while its service takes no work";
    throw new NotRunningError(`${path}: trigger() of ${describe(this.#spec)} was called ${why}`, { path });
  }
}
