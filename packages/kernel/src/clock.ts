/**
 * Where the kernel takes its time from. The system's by default; `@pawl/testing` has one that stands still until a test
 * advances it.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock, from an arbitrary start. Wall-clock changes do not move it. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
  /**
   * Calls `fn` once after `ms` milliseconds, however many; gives back its cancel. `label` says who waits, for clocks
   * that can tell.
   */
  setTimer(fn: () => void, ms: number, label?: string): () => void;
  /** Calls `fn` one turn of the event loop later, after pending I/O callbacks; gives back its cancel. */
  defer(fn: () => void): () => void;
}

/** When a time of the monotonic clock is on the wall clock, in milliseconds since the Unix epoch. */
export function wallTimeOf(clock: Clock, at: number): number {
  return clock.wallTime() + at - clock.now();
}

// The last time that a Date can hold.
const endOfTime = 8.64e15;

/** Milliseconds since the Unix epoch as ISO 8601. */
export function isoTime(wallTime: number): string {
  return new Date(Math.min(wallTime, endOfTime)).toISOString();
}

// Node fires a longer timer at once.
const longestTimer = 2 ** 31 - 1;

/** Whom a timer calls. An object, since a closure for each timer would take as much memory as what waits for it. */
export interface TimerTarget {
  /** Who waits, for clocks that can tell. */
  readonly timerLabel: string;
  /** The time has come. */
  onTimer(): void;
}

/**
 * Calls `target` once after `ms` milliseconds; disposing of what it gives cancels that. The timers of the machine are
 * Node's own, without anything around them.
 */
export function setTimerFor(clock: Clock, target: TimerTarget, ms: number): Disposable {
  if (clock.setTimer === systemClock.setTimer && ms <= longestTimer) {
    return setTimeout(target.onTimer.bind(target), Math.ceil(ms));
  }
  return { [Symbol.dispose]: clock.setTimer(() => target.onTimer(), ms, target.timerLabel) };
}

/** The clock of the machine. Its timers are rounded up to whole milliseconds, as Node cuts them off, and hold the process open until they fire or are cancelled. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(fn, ms) {
    if (ms <= longestTimer) {
      const timer = setTimeout(fn, Math.ceil(ms));
      return () => clearTimeout(timer);
    }
    let left = Math.ceil(ms);
    let timer: NodeJS.Timeout;
    const arm = () => {
      const part = Math.min(left, longestTimer);
      left -= part;
      timer = setTimeout(left > 0 ? arm : fn, part);
    };
    arm();
    return () => clearTimeout(timer);
  },
  defer(fn) {
    const immediate = setImmediate(fn);
    return () => clearImmediate(immediate);
  },
};
