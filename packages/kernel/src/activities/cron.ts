import type { Scope } from "../scope.ts";
import { type ActivityOptions, checkOptions, labelOf } from "./activity-options.ts";
import { CronPattern } from "./cron-pattern.ts";
import { type Beats, type BeatTaker, Ticker, type TickFunction } from "./ticker.ts";

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
class CronBeats implements Beats {
  readonly comeByThemselves = true;
  readonly #pattern: CronPattern;
  #taker!: BeatTaker;
  /** The next time of the pattern. This one and `#last` in milliseconds since the Unix epoch. */
  #dueAt = 0;
  /** The last time that has come. */
  #last: number | undefined;
  /** When it last looked at the wall clock, on the monotonic clock. */
  #lookedAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(pattern: CronPattern) {
    this.#pattern = pattern;
  }

  get nextAt(): number {
    return this.#dueAt;
  }

  begin(taker: BeatTaker): void {
    this.#taker = taker;
    this.#plan();
  }

  end(): void {
    this.#cancelTimer?.();
  }

  inspect(): Record<string, unknown> {
    const { pattern, timezone } = this.#pattern;
    return { pattern, timezone };
  }

  #plan(): void {
    const { clock } = this.#taker;
    const wall = clock.wallTime();
    this.#dueAt = this.#pattern.next(wall);
    // A wall clock that is put right by a little must not make the same time come twice; one that was put back by more
    // was wrong when that time came.
    if (this.#last !== undefined && this.#last - wall > hour) this.#last = undefined;
    if (this.#dueAt === this.#last) this.#dueAt = this.#pattern.next(this.#dueAt);
    this.#lookedAt = clock.now();
    this.#cancelTimer = this.#taker.setTimer(() => this.#look(), Math.min(this.#dueAt - wall, minute));
  }

  #look(): void {
    const { clock } = this.#taker;
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
    if (wall - due > lookedAway) this.#taker.skip(missed + 1);
    else this.#taker.beat(missed);
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
  const label = options.label ?? labelOf(fn, "anonymous");
  return new Ticker<Result>(scope, {
    call: { kind: "cron", label, detached: true },
    label,
    fn: (context) => fn.call(self, context),
    beats: new CronBeats(new CronPattern(pattern, options.timezone)),
    options,
  });
}
