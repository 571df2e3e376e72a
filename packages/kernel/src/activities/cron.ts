import type { Scope } from "../scope.ts";
import { type ActivityOptions, checkOptions } from "./activity-options.ts";
import { CronPattern } from "./cron-pattern.ts";
import type { TickFunction } from "./interval-handle.ts";
import { Ticker, type TickerSettings } from "./ticker.ts";

/** Where the wall clock of a cron stands. */
export interface CronOptions extends ActivityOptions {
  /** An IANA name, such as `"Europe/Berlin"`. @default that of the machine */
  readonly timezone?: string;
}

const minute = 60_000;
const hour = 60 * minute;
// Each costs up to 0.1 ms: a pattern of seconds must not hold up the loop after a machine has slept all night.
const mostCounted = 100;

/**
 * Beats at the times of a pattern. It looks at the wall clock once a minute, so that one that was set is noticed. A time
 * that was passed while it was looking away is still called for; one further back was jumped over.
 */
class CronTicker<Result> extends Ticker<Result> {
  readonly #pattern: CronPattern;
  /** The next time of the pattern. This one and `#last` in milliseconds since the Unix epoch. */
  #dueAt = 0;
  /** The last time that has come. */
  #last: number | undefined;
  /** When it last looked at the wall clock, on the monotonic clock. */
  #lookedAt = 0;

  constructor(scope: Scope, self: unknown, fn: TickFunction<Result>, settings: TickerSettings, pattern: CronPattern) {
    super(scope, self, fn, settings);
    this.#pattern = pattern;
  }

  get comeByThemselves(): boolean {
    return true;
  }

  get nextBeatAt(): number {
    return this.#dueAt;
  }

  protected beginBeats(): void {
    this.#plan();
  }

  protected beatFigures(): Record<string, unknown> {
    const { pattern, timezone } = this.#pattern;
    return { pattern, timezone };
  }

  #plan(): void {
    const { clock } = this;
    const wall = clock.wallTime();
    this.#dueAt = this.#pattern.next(wall);
    // A wall clock that is put right by a little must not make the same time come twice; one that was put back by more
    // was wrong when that time came.
    if (this.#last !== undefined && this.#last - wall > hour) this.#last = undefined;
    if (this.#dueAt === this.#last) this.#dueAt = this.#pattern.next(this.#dueAt);
    this.#lookedAt = clock.now();
    this.setTimer(Math.min(this.#dueAt - wall, minute));
  }

  onTimer(): void {
    const { clock } = this;
    const wall = clock.wallTime();
    // Looked away for longer than a minute: the loop was blocked, or the machine slept on a clock that goes on.
    const lookedAway = Math.min(clock.now() - this.#lookedAt, minute);
    if (wall < this.#dueAt) {
      this.#plan();
      return;
    }
    let missed = 0;
    let due = this.#dueAt;
    for (let next = this.#pattern.next(due); next <= wall && missed < mostCounted; next = this.#pattern.next(due)) {
      due = next;
      missed++;
    }
    this.#last = due;
    this.#plan();
    if (wall - due > lookedAway) this.skip(missed + 1);
    else this.beat(missed);
  }
}

/**
 * Calls `fn` at the times of a cron pattern.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 */
export function startCron<Result>(
  scope: Scope,
  self: unknown,
  fn: TickFunction<Result>,
  pattern: string,
  options: CronOptions = {},
): Ticker<Result> {
  checkOptions("cron", options);
  const { label, onError = "report", signal, timezone } = options;
  const settings: TickerSettings = { kind: "cron", label, onError, figures: undefined };
  const ticker = new CronTicker(scope, self, fn, settings, new CronPattern(pattern, timezone));
  ticker.begin(signal);
  return ticker;
}
