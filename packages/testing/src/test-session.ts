import { type Clock, type Kernel, PawlAggregateError } from "@pawl/kernel";
import type { ErrorRecorder } from "./error-recorder.ts";
import { type Leak, LeakCheck, type LeakCheckOptions, leakError, leaksOf } from "./leak-check.ts";
import { realNow, realPause } from "./real-time.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a session is made of. */
export interface SessionParts {
  readonly kernel: Kernel;
  readonly clock: Clock;
  /** Whether the clock serves this kernel alone, so that nothing may wait on it in the end. */
  readonly ownsClock: boolean;
  readonly errors: ErrorRecorder;
  /** Whether and how to look for leaks in the end. */
  readonly leaks: boolean | LeakCheckOptions;
}

/** Told of every session: how a test runner finds the apps of a test. */
export interface SessionKeeper {
  made(session: TestSession): void;
  /** Takes what a disposal has found, to tell it later; false where the disposal is to throw it. */
  takes(problems: readonly unknown[]): boolean;
}

let keeper: SessionKeeper | undefined;
/** What is up in this process; only that is kept from being collected. */
const up = new Set<TestSession>();

// Real work, such as a server that closes, gets this many milliseconds of a disposal before virtual deadlines pass.
const patience = 2_000;

/** Makes `next` the keeper of all sessions; there is one at a time. */
export function keepSessions(next: SessionKeeper): void {
  keeper = next;
}

/** One kernel under test, from its making to the proof that it has left nothing behind. */
export class TestSession {
  readonly kernel: Kernel;
  readonly #parts: SessionParts;
  readonly #leaks: LeakCheck;
  /** Whether leaks were looked for since its last start. */
  #looked = false;
  #finishing: Promise<readonly unknown[]> | undefined;

  constructor(parts: SessionParts) {
    this.kernel = parts.kernel;
    this.#parts = parts;
    this.#leaks = new LeakCheck(typeof parts.leaks === "object" ? parts.leaks : {});
    parts.kernel.observe(
      ({ kind }) => {
        if (kind === "kernel.starting") {
          this.#looked = false;
          up.add(this);
        } else up.delete(this);
      },
      { kinds: ["kernel.starting", "kernel.stopped", "kernel.failed"] },
    );
    keeper?.made(this);
  }

  /** From the beginning of a start to the end of a stop. */
  get isUp(): boolean {
    return up.has(this);
  }

  /**
   * Stops the kernel if it is up, and looks whether all is well; gives everything that is not, each problem once.
   *
   * The virtual clock is advanced from timer to timer where the stop waits for it: a stop whose every wait is bounded
   * ends, whatever hangs. Real work (sockets, files, child processes, threads, real timers) is given two seconds in all before a
   * deadline of virtual time may cut it.
   */
  async finish(): Promise<readonly unknown[]> {
    // The test's own disposal is still under way where the runner has given it up: what it finds is told there.
    if (this.#finishing) {
      await this.#finishing;
      return [];
    }
    this.#finishing = this.#finish();
    try {
      return await this.#finishing;
    } finally {
      this.#finishing = undefined;
    }
  }

  async #finish(): Promise<readonly unknown[]> {
    const { errors, clock } = this.#parts;
    const problems: unknown[] = [];
    if (this.isUp) await this.#stop().catch((error: unknown) => problems.push(error));
    if (clock instanceof VirtualClock) {
      await clock.idle();
      await clock.settle();
      // What still waits is told as a leak; it needs no warning while that is looked into.
      clock[Symbol.dispose]();
    }
    const unseen = errors.takeUnseen();
    if (unseen) problems.push(unseen);
    const leaks = this.#parts.leaks && !this.#looked ? await this.#find() : [];
    this.#looked = true;
    if (leaks.length > 0) problems.push(leakError(leaks));
    return problems;
  }

  /** As {@link finish}, and throws what it finds, unless a test runner tells it later. */
  async dispose(): Promise<void> {
    const problems = await this.finish();
    if (problems.length === 0 || keeper?.takes(problems)) return;
    throw asOneError(this.kernel.name, problems);
  }

  #find(): Promise<readonly Leak[]> | readonly Leak[] {
    const { kernel, clock, ownsClock } = this.#parts;
    const subjects = clock instanceof VirtualClock && ownsClock ? [kernel, clock] : [kernel];
    // What the process holds may be another app's while one is up; the last one to end looks for all.
    return up.size === 0 ? this.#leaks.find(...subjects) : subjects.flatMap(leaksOf);
  }

  async #stop(): Promise<void> {
    const { kernel, clock } = this.#parts;
    let stopping = true;
    const stopped = kernel.stop().finally(() => {
      stopping = false;
    });
    // Awaited in the end, also where the pumping itself fails.
    stopped.catch(() => {});
    if (clock instanceof VirtualClock) await this.#pump(clock, () => stopping);
    await stopped;
  }

  async #pump(clock: VirtualClock, stopping: () => boolean): Promise<void> {
    const deadline = realNow() + patience;
    for (;;) {
      await clock.idle();
      await clock.settle();
      while (stopping() && this.#leaks.realWork.length > 0 && realNow() < deadline) await realPause(5);
      if (!stopping()) return;
      // Without a timer the stop waits for something real that the process does not show.
      if (!(await clock.advanceToNext())) await realPause(5);
    }
  }
}

/** One problem as it is, several as one error. */
export function asOneError(name: string, problems: readonly unknown[]): unknown {
  if (problems.length === 1) return problems[0];
  const lines = problems.map((problem) => `\n${problem instanceof Error ? problem.message : String(problem)}`);
  return new PawlAggregateError(
    "PAWL_TEST_DISPOSE_FAILED",
    problems,
    `${name}: more than one thing was wrong at the end:${lines.join("")}`,
  );
}
