import { type Clock, type Duration, formatDuration, milliseconds, PawlError } from "@pawl/kernel";
import { microtasks, nextTurn, realTurn } from "./real-time.ts";
import { StallWatch } from "./stall-watch.ts";

export interface VirtualClockOptions {
  /** What `wallTime()` says at the beginning. @default 2025-01-01T00:00:00Z */
  readonly wallTime?: Date | number;
  /**
   * After how much real time a `PawlTestingWarning` names who waits for virtual time that nobody advances; false for
   * never. A test that is busy with real work is let be.
   *
   * @default "1s"
   */
  readonly warnAfter?: Duration | false;
}

/** A timer that waits for the clock to be advanced. */
export interface PendingTimer {
  /** Who waits: `metrics: interval "collect"`. */
  readonly label: string;
  /** Milliseconds of virtual time until it is due; below zero where it is overdue. */
  readonly inMs: number;
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly label: string;
  readonly fire: () => void;
}

// What never becomes quiet, such as a loop that only yields, must not hold an advance for ever.
const mostTurns = 1_000;
const mostNamed = 5;
const mostRoundsAtOneInstant = 10_000;

/**
 * A clock that stands still until a test advances it. `now()` begins at 0; `now()` and `wallTime()` move together.
 *
 * @example
 * const clock = virtualClock();
 * const kernel = new Kernel({ providers: { metrics: new Metrics() }, clock });
 * await kernel.start();
 * await clock.advance("60s"); // every timer of these 60 s has fired, and what it set off has run
 */
export class VirtualClock implements Clock, Disposable {
  #now = 0;
  #wallOffset: number;
  readonly #watch: StallWatch | undefined;
  #order = 0;
  /** By due time, then by creation. */
  readonly #timers: Timer[] = [];
  readonly #deferred = new Set<() => void>();
  readonly #holds = new Set<Promise<unknown>>();
  /** The advance under way. */
  #advance: { readonly what: string; readonly ended: Promise<void> } | undefined;

  constructor(options: VirtualClockOptions = {}) {
    this.#wallOffset = Number(options.wallTime ?? Date.UTC(2025, 0, 1));
    const { warnAfter = "1s" } = options;
    if (warnAfter === false) return;
    const span = milliseconds(warnAfter, "virtualClock({ warnAfter })");
    this.#watch = new StallWatch(span, () => this.#warn(span));
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wallOffset + this.#now;
  }

  setTimer(fn: () => void, ms: number, label = "a timer without a label"): () => void {
    const timer: Timer = { due: exact(this.#now + Math.max(0, ms)), order: this.#order++, label, fire: fn };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    if (!this.#advance) this.#watch?.begin();
    return () => void this.#take(timer);
  }

  defer(fn: () => void): () => void {
    const cancel = nextTurn(() => {
      this.#deferred.delete(cancel);
      fn();
    });
    this.#deferred.add(cancel);
    return () => {
      this.#deferred.delete(cancel);
      cancel();
    };
  }

  /** The timers that wait, the next one first. */
  get pending(): readonly PendingTimer[] {
    return this.#timers.map(({ label, due }) => ({ label, inMs: exact(due - this.#now) }));
  }

  /**
   * Moves time on by `duration` (zero is allowed) and fires what comes due, one instant after the other, the timers of
   * one instant in the order in which they were made. After each instant promises, `defer` and `setImmediate` run until
   * all is quiet, so that what a timer has set off is done before the next one. Timers that are set meanwhile fire too,
   * where they come due within the span. Real work (files, sockets, child processes) is not waited for: await it first.
   *
   * @throws PawlError `PAWL_TEST_ADVANCING` while another advance is under way; what a timer's function throws
   */
  advance(duration: Duration): Promise<void> {
    return this.#exclusively(`advance(${JSON.stringify(duration)})`, async () => {
      const target = exact(this.#now + milliseconds(duration, "clock.advance(duration)", true));
      await this.#quiet();
      await this.#fireUntil(target);
      this.#now = Math.max(this.#now, target);
    });
  }

  /** Lets everything run that is due now or only a promise away. Time stands still. */
  settle(): Promise<void> {
    return this.#exclusively("settle()", async () => {
      await this.#quiet();
      await this.#fireUntil(this.#now);
    });
  }

  /** Moves time on to the next timer and fires what is due then; gives false where no timer waits. */
  advanceToNext(): Promise<boolean> {
    return this.#exclusively("advanceToNext()", async () => {
      await this.#quiet();
      const next = this.#timers[0];
      if (next) await this.#fireUntil(next.due);
      return next !== undefined;
    });
  }

  /**
   * Lets `duration` pass at once without firing anything, as when the event loop is blocked or the machine sleeps. What
   * has become overdue fires late, at the next `advance` or `settle`; in a callback it makes that callback last so long.
   */
  block(duration: Duration): void {
    this.#now = exact(this.#now + milliseconds(duration, "clock.block(duration)"));
  }

  /** Sets the wall clock, as a person or NTP does; `now()` and the timers do not notice. */
  setWallTime(wallTime: Date | number): void {
    this.#wallOffset = Number(wallTime) - this.#now;
  }

  /** Lets no advance go on before `work`, which takes real time, has settled. */
  hold(work: PromiseLike<unknown>): void {
    const letGo = () => {
      this.#holds.delete(settled);
    };
    const settled: Promise<void> = Promise.resolve(work).then(letGo, letGo);
    this.#holds.add(settled);
  }

  /** Resolves when no advance is under way. */
  async idle(): Promise<void> {
    while (this.#advance) await this.#advance.ended;
  }

  /** Says that nobody will wait for it any more: who still does is not warned of. */
  [Symbol.dispose](): void {
    this.#watch?.end();
  }

  async #exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#advance) {
      throw new PawlError(
        "PAWL_TEST_ADVANCING",
        `clock.${what}: ${this.#advance.what} is still under way. Await it first; code that a timer calls cannot advance the clock`,
      );
    }
    let end!: () => void;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#advance = { what, ended };
    this.#watch?.end();
    try {
      return await work();
    } finally {
      this.#advance = undefined;
      if (this.#timers.length > 0) this.#watch?.begin();
      end();
    }
  }

  async #fireUntil(target: number): Promise<void> {
    let rounds = 0;
    for (let next = this.#timers[0]; next && next.due <= Math.max(target, this.#now); next = this.#timers[0]) {
      if (next.due > this.#now) rounds = 0;
      this.#now = Math.max(this.#now, next.due);
      if (++rounds > mostRoundsAtOneInstant) throw stuck(next.label, this.#now);
      await this.#fireDue();
      await this.#quiet();
    }
  }

  /** Fires what is due now. What these timers set for this very instant comes in the next round, as with Node's. */
  async #fireDue(): Promise<void> {
    const later = this.#timers.findIndex((timer) => timer.due > this.#now);
    for (const timer of this.#timers.slice(0, later < 0 ? undefined : later)) {
      // One that fired before it may have cancelled it.
      if (!this.#take(timer)) continue;
      timer.fire();
      await microtasks();
    }
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < mostTurns; turns++) {
      while (this.#holds.size > 0) await Promise.all(this.#holds);
      await realTurn();
      if (this.#deferred.size === 0 && this.#holds.size === 0 && !immediatesWait()) return;
    }
  }

  /** Where a timer stands or would stand. */
  #placeOf(timer: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle] as Timer;
      if (other.due < timer.due || (other.due === timer.due && other.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes a timer out; gives whether it was still waiting. */
  #take(timer: Timer): boolean {
    const place = this.#placeOf(timer);
    if (this.#timers[place] !== timer) return false;
    this.#timers.splice(place, 1);
    if (this.#timers.length === 0) this.#watch?.end();
    return true;
  }

  #warn(span: number): void {
    const waiting = this.#timers.map(
      ({ label, due }) => `${label} ${due > this.#now ? `in ${formatDuration(due - this.#now)}` : "due now"}`,
    );
    const shown =
      waiting.length > mostNamed ? [...waiting.slice(0, mostNamed), `${waiting.length - mostNamed} more`] : waiting;
    process.emitWarning(
      `nobody has advanced the virtual clock for ${formatDuration(span)} of real time, and these wait for it: ${shown.join(", ")}. If the test waits for one of them, call clock.advance(); virtual time passes only there`,
      "PawlTestingWarning",
    );
  }
}

/** A {@link VirtualClock}. */
export function virtualClock(options?: VirtualClockOptions): VirtualClock {
  return new VirtualClock(options);
}

// Sums of fractions of a millisecond must not miss each other by a rounding error.
function exact(ms: number): number {
  return Math.round(ms * 1e6) / 1e6;
}

function immediatesWait(): boolean {
  return process.getActiveResourcesInfo().includes("Immediate");
}

function stuck(label: string, now: number): PawlError {
  return new PawlError(
    "PAWL_TEST_CLOCK_STUCK",
    `${label}: it sets a timer of no length again and again, so virtual time stands at ${formatDuration(now)} for ever. Give it a length`,
  );
}
