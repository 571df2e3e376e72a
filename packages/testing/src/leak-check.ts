import {
  type Duration,
  type Kernel,
  milliseconds,
  PawlAggregateError,
  PawlError,
  type ServiceSnapshot,
} from "@pawl/kernel";
import { probeBus } from "@pawl/kernel/extend";
import { activeResources, type Counts, more, processHandlers } from "./process-state.ts";
import { realNow, realPause, realTurn } from "./real-time.ts";
import { timerMark, timersSince } from "./timer-watch.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Something that was left behind. */
export interface Leak {
  readonly kind: "kernel" | "service" | "value" | "call" | "listener" | "timer" | "handler" | "resource";
  /** What exactly: `metrics: interval "collect" in 60s`. */
  readonly what: string;
}

export interface LeakCheckOptions {
  /**
   * How much real time things get to end by themselves, as a socket does after its last byte.
   *
   * @default "2s"
   */
  readonly patience?: Duration;
}

/**
 * Finds what was left behind since it was made: by kernels (still up, services in the tree, listeners of services), on
 * virtual clocks (pending timers), and in the process (handlers of its events; timers, sockets, servers, child processes
 * and requests that hold it open).
 *
 * Timers are told one by one, with the place where they were set; of everything else the process must not hold more than
 * before. What ends by itself within {@link LeakCheckOptions.patience} counts as ended. Not seen is what was unref'd; what another test makes or ends at
 * the same time is mistaken for one's own, so tests that run concurrently in one process cannot be checked like this.
 *
 * @example
 * const check = leakCheck();
 * const kernel = new Kernel({ providers: { metrics: new Metrics() } });
 * await kernel.start();
 * await kernel.stop();
 * await check.expectNone(kernel);
 */
export class LeakCheck {
  readonly #resources: Counts = activeResources();
  readonly #handlers: Counts = processHandlers();
  readonly #mark: number = timerMark();
  readonly #patience: number;

  constructor({ patience = "2s" }: LeakCheckOptions = {}) {
    this.#patience = milliseconds(patience, "leakCheck({ patience })", true);
  }

  /** What holds the process open right now and did not when the check was made. */
  get realWork(): readonly string[] {
    const timers = timersSince(this.#mark).map((where) => `Timeout, set at ${where}`);
    return [...timers, ...more(activeResources(), this.#resources)];
  }

  /** Gives what is left behind, after having let things end by themselves. */
  async find(...subjects: readonly (Kernel | VirtualClock)[]): Promise<readonly Leak[]> {
    await realTurn();
    const deadline = realNow() + this.#patience;
    for (;;) {
      const leaks = [...subjects.flatMap(leaksOf), ...this.#processLeaks()];
      if (leaks.length === 0 || realNow() > deadline) return leaks;
      // Only the process changes by itself; a kernel or a virtual clock that holds something now holds it for good.
      if (!leaks.some(({ kind }) => kind === "resource")) return leaks;
      await realPause(10);
    }
  }

  /** @throws PawlAggregateError `PAWL_TEST_LEAK` naming everything that is left */
  async expectNone(...subjects: readonly (Kernel | VirtualClock)[]): Promise<void> {
    const leaks = await this.find(...subjects);
    if (leaks.length > 0) throw leakError(leaks);
  }

  #processLeaks(): Leak[] {
    return [
      ...more(processHandlers(), this.#handlers).map((what) => leak("handler", `process.on: ${what}`)),
      ...this.realWork.map((what) => leak("resource", what)),
    ];
  }
}

/** A {@link LeakCheck} that compares with what there is now. */
export function leakCheck(options?: LeakCheckOptions): LeakCheck {
  return new LeakCheck(options);
}

/** What a kernel or a virtual clock still holds, the process aside. */
export function leaksOf(subject: Kernel | VirtualClock): readonly Leak[] {
  return subject instanceof VirtualClock ? leaksOfClock(subject) : leaksOfKernel(subject);
}

function leaksOfClock(clock: VirtualClock): Leak[] {
  return clock.pending.map(({ label, inMs }) => leak("timer", `${label}, due in ${inMs} ms of virtual time`));
}

function leaksOfKernel(kernel: Kernel): Leak[] {
  const { name, state, services, values, inFlight } = kernel.inspect();
  const up = state === "starting" || state === "running" || state === "stopping";
  return [
    ...(up ? [leak("kernel", `${name} is still ${state}; await its stop()`)] : []),
    ...services.flatMap(pathsOf).map((path) => leak("service", path)),
    ...values.map((value) => leak("value", value)),
    ...inFlight.map(({ what }) => leak("call", `${name}: ${what}`)),
    ...probeBus(kernel).serviceListeners.map((what) => leak("listener", what)),
  ];
}

function pathsOf({ path, children }: ServiceSnapshot): string[] {
  return [path, ...children.flatMap(pathsOf)];
}

function leak(kind: Leak["kind"], what: string): Leak {
  return { kind, what };
}

/** One error of several leaks. */
export function leakError(leaks: readonly Leak[]): PawlAggregateError {
  const lines = leaks.map(({ kind, what }) => `\n  - ${kind}: ${what}`);
  const errors = leaks.map(({ kind, what }) => new PawlError("PAWL_TEST_LEAK", `${kind}: ${what}`));
  return new PawlAggregateError(
    "PAWL_TEST_LEAK",
    errors,
    `${leaks.length === 1 ? "Something was" : `${leaks.length} things were`} left behind. Give each an owner, or release it before the end:${lines.join("")}`,
  );
}
