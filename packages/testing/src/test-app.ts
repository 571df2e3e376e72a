import { type Clock, type ErrorOrigin, Kernel, type KernelConfig, PawlAggregateError, PawlError, type Providers } from "@pawl/kernel";
import { ErrorRecorder, type RecordedError } from "./error-recorder.ts";
import { EventRecorder } from "./event-recorder.ts";
import { FactRecorder } from "./fact-recorder.ts";
import { realPause } from "./real-time.ts";
import { VirtualClock, virtualClock } from "./virtual-clock.ts";
import { warmUp } from "./warm-up.ts";

/** What a test app adds to a kernel. */
export interface TestParts {
  /** The clock that it runs on. @throws PawlError `PAWL_TEST_OTHER_CLOCK` where it was given one that is not virtual */
  readonly clock: VirtualClock;
  readonly events: EventRecorder;
  readonly facts: FactRecorder;
  /** What went to `onError` so far. To read it is to have looked: what nobody looked at fails the disposal. */
  readonly errors: readonly RecordedError[];
}

/** A kernel under test. */
// biome-ignore lint/suspicious/noExplicitAny: as for Kernel
export interface TestApp<P extends Providers = any> extends Kernel<P>, TestParts {}

/** What a kernel that is made by hand takes of the test. */
export interface TestBase {
  readonly clock: Clock;
  readonly onError: (error: unknown, origin: ErrorOrigin) => unknown;
}

/** A kernel on a virtual clock, not started; see {@link testApp}. */
export function createTestApp<A extends Kernel>(make: (base: TestBase) => A): A & TestParts;
export function createTestApp<const P extends Providers>(config?: KernelConfig<P>): TestApp<P>;
export function createTestApp(config: KernelConfig | ((base: TestBase) => Kernel) = {}): Kernel & TestParts {
  const errors = new ErrorRecorder();
  const given = typeof config === "function" ? undefined : config;
  const clock = given?.clock ?? virtualClock();
  if (clock instanceof VirtualClock) clock.hold(warmUp());
  const base: TestBase = { clock, onError: errors.onError(given?.onError) };
  const kernel = typeof config === "function" ? config(base) : new Kernel({ ...config, ...base });
  const events = new EventRecorder(kernel);
  const facts = new FactRecorder(kernel);
  const dispose = async () => {
    const problems: unknown[] = [];
    await stopPumping(kernel, clock).catch((error: unknown) => problems.push(error));
    events.stop();
    if (errors.unseen) problems.push(errors.unseen);
    if (problems.length === 1) throw problems[0];
    if (problems.length > 1) throw severalProblems(kernel.name, problems);
  };
  return Object.defineProperties(kernel, {
    clock: { get: () => requireVirtual(clock) },
    events: { value: events },
    facts: { value: facts },
    errors: { get: () => errors.all },
    [Symbol.asyncDispose]: { value: dispose },
  }) as Kernel & TestParts;
}

/** A started kernel on a virtual clock. */
export function testApp<A extends Kernel>(make: (base: TestBase) => A): Promise<A & TestParts>;
export function testApp<const P extends Providers>(config?: KernelConfig<P>): Promise<TestApp<P>>;
export async function testApp(config: KernelConfig | ((base: TestBase) => Kernel) = {}): Promise<Kernel & TestParts> {
  const app = createTestApp(config as KernelConfig);
  await app.start();
  return app;
}

/** Stops the kernel and moves virtual time on wherever the stop waits for it. */
async function stopPumping(kernel: Kernel, clock: Clock): Promise<void> {
  let stopping = true;
  const stopped = kernel.stop().finally(() => {
    stopping = false;
  });
  stopped.catch(() => {});
  if (clock instanceof VirtualClock) {
    while (stopping) {
      await clock.idle();
      await clock.settle();
      if (stopping && !(await clock.advanceToNext())) await realPause(5);
    }
    await clock.settle();
  }
  await stopped;
}

function requireVirtual(clock: Clock): VirtualClock {
  if (clock instanceof VirtualClock) return clock;
  throw new PawlError("PAWL_TEST_OTHER_CLOCK", "app.clock: the app runs on the clock of its configuration, which is not virtual. Leave `clock` out, or give virtualClock()");
}

function severalProblems(name: string, problems: readonly unknown[]): PawlAggregateError {
  const lines = problems.map((problem) => `\n${problem instanceof Error ? problem.message : String(problem)}`);
  return new PawlAggregateError("PAWL_TEST_DISPOSE_FAILED", problems, `${name}: more than one thing was wrong at the end:${lines.join("")}`);
}
