import { wallTimeOf } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { PawlRangeError, PawlTypeError } from "../errors/pawl-error.ts";
import type { Scope } from "../scope.ts";
import { type ActivityOptions, checkOptions } from "./activity-options.ts";
import type { TickFunction } from "./interval-handle.ts";
import { Ticker, type TickerSettings } from "./ticker.ts";

/** How an interval beats. */
export interface IntervalOptions extends ActivityOptions {
  /**
   * Calls once more at the beginning, in a microtask.
   *
   * @default false
   */
  readonly immediate?: boolean;
  /** Puts each beat off by a random time below this, at most `every`: many processes do not beat as one. @default none */
  readonly jitter?: Duration;
  /**
   * `"fixed"` keeps to the grid N, 2N, 3N … from the start; `"spaced"` waits N after each call has ended.
   *
   * @default "fixed"
   */
  readonly pace?: "fixed" | "spaced";
}

/** As what an interval shows itself, where something else beats by it. */
export interface IntervalFace {
  /** In the tree and in errors: `poll "rates"`. */
  readonly kind: string;
  /** What it adds to the figures, as plain JSON. */
  readonly figures: () => Record<string, unknown>;
}

/** What the options of all come to that give none. */
const plain: TickerSettings = { kind: "interval", label: undefined, onError: "report", figures: undefined };

/** Beats on a grid of the monotonic clock: a beat that is missed is counted, not made up for, and the grid is kept. */
class GridInterval<Result> extends Ticker<Result> {
  /** In milliseconds. */
  readonly #every: number;
  readonly #startedAt: number;
  /** The number of the last beat that came: beats are told by their number, since timers fire early now and then. */
  #beat = 0;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings, every: number) {
    super(scope, self, fn, settings);
    this.#every = every;
    this.#startedAt = this.clock.now();
  }

  get comeByThemselves(): boolean {
    return true;
  }

  get nextBeatAt(): number {
    return wallTimeOf(this.clock, this.dueAt);
  }

  /** On the monotonic clock. */
  protected get dueAt(): number {
    return this.#startedAt + (this.#beat + 1) * this.#every;
  }

  protected beginBeats(): void {
    this.arm();
  }

  protected arm(): void {
    this.setTimer(Math.max(0, this.dueAt - this.clock.now()));
  }

  onTimer(): void {
    const elapsed = this.clock.now() - this.#startedAt;
    const beat = Math.max(this.#beat + 1, Math.floor(elapsed / this.#every));
    const missed = beat - this.#beat - 1;
    this.#beat = beat;
    this.arm();
    this.beat(missed);
  }

  protected beatFigures(): Record<string, unknown> {
    return { everyMs: this.#every };
  }
}

/** Puts each beat off by a random time; the grid stays. */
class JitteredInterval<Result> extends GridInterval<Result> {
  /** In milliseconds, as `#offset`. */
  readonly #jitter: number;
  /** By how much the next beat is put off. */
  #offset = 0;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings, pace: Pace) {
    super(scope, self, fn, settings, pace.every);
    this.#jitter = pace.jitter;
  }

  protected override get dueAt(): number {
    return super.dueAt + this.#offset;
  }

  protected override arm(): void {
    this.#offset = Math.random() * this.#jitter;
    super.arm();
  }
}

/** Beats so long after each call has ended. */
class SpacedInterval<Result> extends Ticker<Result> {
  readonly #pace: Pace;
  /** On the monotonic clock; undefined while a call is running. */
  #dueAt: number | undefined;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings, pace: Pace) {
    super(scope, self, fn, settings);
    this.#pace = pace;
  }

  get comeByThemselves(): boolean {
    return true;
  }

  get nextBeatAt(): number | undefined {
    return this.#dueAt === undefined ? undefined : wallTimeOf(this.clock, this.#dueAt);
  }

  protected beginBeats(): void {
    // One that calls at once begins with that call.
    if (!this.#pace.immediate) this.callEnded();
  }

  protected override callBegins(): void {
    this.cancelTimer();
    this.#dueAt = undefined;
  }

  protected override callEnded(): void {
    const ms = this.#pace.every + Math.random() * this.#pace.jitter;
    this.#dueAt = this.clock.now() + ms;
    this.setTimer(ms);
  }

  onTimer(): void {
    this.beat();
  }

  protected beatFigures(): Record<string, unknown> {
    return { everyMs: this.#pace.every };
  }
}

/**
 * Calls `fn` every `every`.
 *
 * @throws TypeError or RangeError
 */
export function startInterval<Result>(
  scope: Scope,
  self: unknown,
  fn: TickFunction<Result>,
  every: Duration,
  options: IntervalOptions = {},
  face?: IntervalFace,
): Ticker<Result> {
  const kind = face?.kind ?? plain.kind;
  checkOptions(kind, options);
  const pace = paceOf(every, options, kind);
  const settings = settingsOf(options, face);
  const ticker =
    options.pace === "spaced"
      ? new SpacedInterval(scope, self, fn, settings, pace)
      : pace.jitter > 0
        ? new JitteredInterval(scope, self, fn, settings, pace)
        : new GridInterval(scope, self, fn, settings, pace.every);
  ticker.begin(options.signal);
  if (pace.immediate) queueMicrotask(() => ticker.beat());
  return ticker;
}

function settingsOf({ label, onError }: IntervalOptions, face: IntervalFace | undefined): TickerSettings {
  if (label === undefined && onError === undefined && face === undefined) return plain;
  return { kind: face?.kind ?? plain.kind, label, onError: onError ?? plain.onError, figures: face?.figures };
}

/** Lengths in milliseconds. */
interface Pace {
  readonly every: number;
  readonly jitter: number;
  readonly immediate: boolean;
}

function paceOf(every: Duration, { immediate, jitter, pace }: IntervalOptions, kind: string): Pace {
  const everyMs = milliseconds(every, `${kind}(fn, every)`);
  const jitterMs = jitter === undefined ? 0 : milliseconds(jitter, `${kind}(…, { jitter })`, true);
  if (jitterMs > everyMs) {
    throw new PawlRangeError("PAWL_BAD_OPTION", `${kind}(…, { jitter }): ${jitter} is longer than the interval itself`);
  }
  if (pace !== undefined && pace !== "fixed" && pace !== "spaced") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${kind}(…, { pace }): it must be "fixed" or "spaced", not ${JSON.stringify(pace)}`,
    );
  }
  return { every: everyMs, jitter: jitterMs, immediate: immediate === true };
}
