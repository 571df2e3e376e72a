/**
 * What the main thread and the thread of the watchdog share: how often the loop has come round, when it did last, and
 * whether the watchdog is to be quiet.
 */
export class Heartbeat {
  readonly memory: SharedArrayBuffer;
  readonly #flags: Int32Array;
  readonly #times: Float64Array;

  /** @param memory of the other thread; a new one without it */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.memory = memory;
    this.#times = new Float64Array(memory, 0, 1);
    this.#flags = new Int32Array(memory, 8, 2);
  }

  /** Tells that the loop has come round `at` that many milliseconds of its own clock. */
  beat(at: number, isQuiet: boolean): void {
    // The time first: who sees the count has the time of that beat, or of a later one.
    this.#times[0] = at;
    Atomics.store(this.#flags, 1, isQuiet ? 1 : 0);
    Atomics.add(this.#flags, 0, 1);
  }

  get count(): number {
    return Atomics.load(this.#flags, 0);
  }

  /** Of the last beat, in milliseconds of the main thread's clock. */
  get at(): number {
    return this.#times[0] ?? 0;
  }

  get isQuiet(): boolean {
    return Atomics.load(this.#flags, 1) === 1;
  }
}
