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

// Node fires a longer timer at once.
const longestTimer = 2 ** 31 - 1;

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
