import { wallTimeOf } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { PawlRangeError, PawlTypeError } from "../errors/pawl-error.ts";
import type { Scope } from "../scope.ts";
import { type ActivityOptions, checkOptions, labelOf } from "./activity-options.ts";
import { type Beats, type BeatTaker, Ticker, type TickFunction } from "./ticker.ts";

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

const plain: IntervalFace = { kind: "interval", figures: () => ({}) };

/** Milliseconds. */
interface Pace {
  readonly every: number;
  readonly jitter: number;
  readonly figures: () => Record<string, unknown>;
}

/** Beats on a grid of the monotonic clock: a beat that is missed is counted, not made up for, and the grid is kept. */
class GridBeats implements Beats {
  readonly comeByThemselves = true;
  readonly #pace: Pace;
  #taker!: BeatTaker;
  #startedAt = 0;
  /** The number of the last beat that came: beats are told by their number, since timers fire early now and then. */
  #beat = 0;
  /** On the monotonic clock. */
  #dueAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  get nextAt(): number {
    return wallTimeOf(this.#taker.clock, this.#dueAt);
  }

  begin(taker: BeatTaker): void {
    this.#taker = taker;
    this.#startedAt = taker.clock.now();
    this.#arm();
  }

  end(): void {
    this.#cancelTimer?.();
  }

  inspect(): Record<string, unknown> {
    return { everyMs: this.#pace.every, ...this.#pace.figures() };
  }

  #arm(): void {
    const { every, jitter } = this.#pace;
    this.#dueAt = this.#startedAt + (this.#beat + 1) * every + Math.random() * jitter;
    this.#cancelTimer = this.#taker.setTimer(() => this.#fire(), Math.max(0, this.#dueAt - this.#taker.clock.now()));
  }

  #fire(): void {
    const elapsed = this.#taker.clock.now() - this.#startedAt;
    const beat = Math.max(this.#beat + 1, Math.floor(elapsed / this.#pace.every));
    const missed = beat - this.#beat - 1;
    this.#beat = beat;
    this.#arm();
    this.#taker.beat(missed);
  }
}

/** Beats so long after each call has ended. */
class SpacedBeats implements Beats {
  readonly comeByThemselves = true;
  readonly #pace: Pace;
  readonly #beginsWithCall: boolean;
  #taker!: BeatTaker;
  /** On the monotonic clock; undefined while a call is running. */
  #dueAt: number | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(pace: Pace, beginsWithCall: boolean) {
    this.#pace = pace;
    this.#beginsWithCall = beginsWithCall;
  }

  get nextAt(): number | undefined {
    return this.#dueAt === undefined ? undefined : wallTimeOf(this.#taker.clock, this.#dueAt);
  }

  begin(taker: BeatTaker): void {
    this.#taker = taker;
    if (!this.#beginsWithCall) this.callEnded();
  }

  callBegins(): void {
    this.end();
    this.#dueAt = undefined;
  }

  callEnded(): void {
    const ms = this.#pace.every + Math.random() * this.#pace.jitter;
    this.#dueAt = this.#taker.clock.now() + ms;
    this.#cancelTimer = this.#taker.setTimer(() => this.#taker.beat(), ms);
  }

  end(): void {
    this.#cancelTimer?.();
  }

  inspect(): Record<string, unknown> {
    return { everyMs: this.#pace.every, ...this.#pace.figures() };
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
  face: IntervalFace = plain,
): Ticker<Result> {
  checkOptions(face.kind, options);
  const pace = paceOf(every, options, face);
  const immediate = options.immediate === true;
  const label = options.label ?? labelOf(fn, "anonymous");
  const ticker = new Ticker<Result>(scope, {
    call: { kind: face.kind, label, detached: true },
    label,
    fn: (context) => fn.call(self, context),
    beats: options.pace === "spaced" ? new SpacedBeats(pace, immediate) : new GridBeats(pace),
    options,
  });
  if (immediate) queueMicrotask(() => ticker.beat());
  return ticker;
}

function paceOf(every: Duration, { jitter, pace }: IntervalOptions, { kind, figures }: IntervalFace): Pace {
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
  return { every: everyMs, jitter: jitterMs, figures };
}
