import type { CallSpec } from "../call.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { AbandonedError, type AbortError, cancellation, isAbortError, messageOf } from "../errors/errors.ts";
import { PawlRangeError, PawlTypeError } from "../errors/pawl-error.ts";
import type { Activity, Scope } from "../scope.ts";
import {
  type ActivityOptions,
  cancelOn,
  checkOptions,
  type Handle,
  LazySignal,
  labelOf,
  settleFailure,
} from "./activity-options.ts";

/** How an interval beats. */
export interface IntervalOptions extends ActivityOptions {
  /**
   * Calls once more at the beginning, in a microtask.
   *
   * @default false
   */
  readonly immediate?: boolean;
  /** Puts each beat off by a random time below this, at most `every`: many processes do not beat as one. */
  readonly jitter?: Duration;
  /**
   * `"fixed"` keeps to the grid N, 2N, 3N … from the start; `"spaced"` waits N after each call has ended.
   *
   * @default "fixed"
   */
  readonly pace?: "fixed" | "spaced";
}

/** A running interval. */
export interface Interval extends Handle {
  /** Calls begun so far. */
  readonly runs: number;
  /** Beats left out because a call was still running, the loop was blocked or the machine slept. */
  readonly skipped: number;
}

export type TickFunction = (context: { readonly signal: AbortSignal }) => unknown;

/** Beats on a grid of the monotonic clock; calls never overlap, and a beat that is missed is counted, not made up for. */
export class IntervalActivity implements Interval, Activity {
  readonly kind = "interval";
  readonly label: string;
  runs = 0;
  skipped = 0;
  errors = 0;
  /** Wrapped, since anything can be thrown. */
  #lastError: { readonly error: unknown } | undefined;
  readonly #scope: Scope;
  readonly #tick: TickFunction;
  readonly #every: number;
  readonly #jitter: number;
  readonly #options: IntervalOptions;
  readonly #spec: CallSpec;
  readonly #signal = new LazySignal();
  readonly #startedAt: number;
  /** The number of the last beat that came: beats are told by their number, since timers fire early now and then. */
  #beat = 0;
  #running = false;
  #closed = false;
  #lastAt: number | undefined;
  #nextAt: number | undefined;
  #cancelTimer: (() => void) | undefined;
  readonly #unlink: () => void;

  constructor(scope: Scope, self: unknown, fn: TickFunction, every: Duration, options: IntervalOptions = {}) {
    checkOptions("interval", options);
    this.#every = milliseconds(every, "interval(fn, every)");
    this.#jitter = options.jitter === undefined ? 0 : milliseconds(options.jitter, "interval(…, { jitter })", true);
    if (this.#jitter > this.#every) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `interval(…, { jitter }): ${options.jitter} is longer than the interval itself`,
      );
    }
    if (options.pace !== undefined && options.pace !== "fixed" && options.pace !== "spaced") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `interval(…, { pace }): it must be "fixed" or "spaced", not ${JSON.stringify(options.pace)}`,
      );
    }
    this.#scope = scope;
    this.#tick = (context) => fn.call(self as never, context);
    this.#options = options;
    this.label = options.label ?? labelOf(fn, "anonymous");
    this.#spec = { kind: "interval", label: this.label, detached: true };
    this.#startedAt = scope.core.clock.now();
    scope.add(this);
    this.#unlink = cancelOn(options.signal, () => this.cancel());
    if (options.immediate) {
      queueMicrotask(() => {
        if (!this.#closed) this.#call();
      });
      if (this.#spaced) return;
    }
    this.#arm();
  }

  get #spaced(): boolean {
    return this.#options.pace === "spaced";
  }

  cancel(): void {
    this.close();
    const { path } = this.#scope;
    this.#signal.abort(() => cancellation(`${path}: interval "${this.label}" was cancelled`, path));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    this.#unlink();
    if (!this.#running) this.#scope.remove(this);
  }

  abort(reason: AbortError): void {
    this.#signal.abort(() => reason);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    const { clock } = this.#scope.core;
    const wall = (at: number) => new Date(clock.wallTime() + at - clock.now()).toISOString();
    // A spaced interval knows its next time only when its call has ended.
    const waiting = !this.#closed && !(this.#spaced && this.#running);
    return {
      everyMs: this.#every,
      runs: this.runs,
      skipped: this.skipped,
      errors: this.errors,
      running: this.#running,
      ...(this.#lastAt === undefined ? {} : { lastAt: wall(this.#lastAt) }),
      ...(waiting && this.#nextAt !== undefined ? { nextAt: wall(this.#nextAt) } : {}),
      ...(this.#lastError === undefined ? {} : { lastError: messageOf(this.#lastError.error) }),
    };
  }

  #arm(): void {
    const { clock } = this.#scope.core;
    const now = clock.now();
    const due = this.#spaced ? now + this.#every : this.#startedAt + (this.#beat + 1) * this.#every;
    this.#nextAt = due + Math.random() * this.#jitter;
    this.#cancelTimer = clock.setTimer(
      () => this.#fire(),
      Math.max(0, this.#nextAt - now),
      `${this.#scope.path}: interval "${this.label}"`,
    );
  }

  #fire(): void {
    if (this.#spaced) {
      this.#call();
      return;
    }
    const elapsed = this.#scope.core.clock.now() - this.#startedAt;
    const beat = Math.max(this.#beat + 1, Math.floor(elapsed / this.#every));
    const missed = beat - this.#beat - 1 + (this.#running ? 1 : 0);
    this.#beat = beat;
    this.#arm();
    if (missed > 0) {
      this.skipped += missed;
      this.#scope.core.facts.record("tick.skipped", { path: this.#scope.path, label: this.label, beats: missed });
    }
    if (!this.#running) this.#call();
  }

  #call(): void {
    const { clock, facts } = this.#scope.core;
    const { path } = this.#scope;
    this.#running = true;
    this.runs++;
    const began = clock.now();
    this.#lastAt = began;
    if (facts.wants("tick.started")) facts.record("tick.started", { path, label: this.label });
    this.#scope.run(this.#spec, () => this.#tick(this.#signal.context), {
      ok: () => this.#ended(began),
      fail: (error) => {
        this.#ended(began, { error });
        this.#failed(error);
      },
    });
  }

  #ended(began: number, failure: { readonly error?: unknown } = {}): void {
    const { clock, facts } = this.#scope.core;
    this.#running = false;
    if (facts.wants("tick.ended")) {
      facts.record("tick.ended", { path: this.#scope.path, label: this.label, ms: clock.now() - began, ...failure });
    }
    if (this.#closed) this.#scope.remove(this);
    else if (this.#spaced) this.#arm();
  }

  #failed(error: unknown): void {
    // An abandonment is told by the stop.
    if (error instanceof AbandonedError || ((this.#signal.aborted || this.#scope.aborted) && isAbortError(error)))
      return;
    this.errors++;
    this.#lastError = { error };
    settleFailure(this.#scope, this.#spec, error, this.#options.onError ?? "report", this.#closed);
  }
}
