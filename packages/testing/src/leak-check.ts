import { type Kernel, PawlAggregateError, PawlError, probeBus, type ServiceSnapshot } from "@pawl/kernel";
import { activeResources, type Counts, more, processHandlers } from "./process-state.ts";
import { realNow, realPause, realTurn } from "./real-time.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Something that was left behind. */
export interface Leak {
  readonly kind: "kernel" | "service" | "value" | "call" | "listener" | "timer" | "handler" | "resource";
  /** What exactly: `metrics: interval "collect" in 60s`. */
  readonly what: string;
}

// What closes by itself (a socket after its last byte) may take its time on a loaded machine.
const patience = 2_000;

/**
 * Finds what was left behind since it was made: by kernels (still up, services in the tree, listeners of services), on
 * virtual clocks (pending timers), and in the process (handlers of its events; timers, sockets, servers, child processes
 * and requests that hold it open).
 *
 * The process is compared by numbers: it must not hold more of a kind than before. What ends within two seconds counts as
 * ended. Not seen are unref'd resources, and resources that another test makes or ends at the same time are mistaken for
 * one's own: tests that run concurrently in one process cannot be checked so.
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

  /** What there is more of in the process than when the check was made, right now. */
  get realWork(): readonly string[] {
    return more(activeResources(), this.#resources);
  }

  /** Waits up to two seconds of real time for things to end by themselves; gives what is left. */
  async find(...subjects: readonly (Kernel | VirtualClock)[]): Promise<readonly Leak[]> {
    await realTurn();
    const deadline = realNow() + patience;
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
export function leakCheck(): LeakCheck {
  return new LeakCheck();
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
