// Taken while the module loads, so that a test that fakes the global timers does not stop the tools of the test itself.
const { setImmediate, clearImmediate, setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

/** Milliseconds on the monotonic clock of the machine. */
export function realNow(): number {
  return now();
}

/** Resolves one turn of the event loop later: everything that was only a promise away is done by then. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Resolves after `ms` milliseconds of real time. */
export function realPause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Resolves when the microtasks and ticks that are queued now have run, in the same turn of the event loop. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

/** Calls `fn` after `ms` milliseconds of real time without holding the process open; gives back its cancel. */
export function unheldTimer(fn: () => void, ms: number): () => void {
  const timer = setTimeout(fn, ms).unref();
  return () => clearTimeout(timer);
}

/** Calls `fn` in the next turn of the event loop; gives back its cancel. */
export function nextTurn(fn: () => void): () => void {
  const immediate = setImmediate(fn);
  return () => clearImmediate(immediate);
}
