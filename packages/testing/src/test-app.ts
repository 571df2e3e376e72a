import { type Clock, type ErrorOrigin, Kernel, type KernelConfig, PawlError, type Providers } from "@pawl/kernel";
import { loadParts } from "@pawl/kernel/extend";
import { ErrorRecorder, type RecordedError } from "./error-recorder.ts";
import { EventRecorder } from "./event-recorder.ts";
import { FactRecorder } from "./fact-recorder.ts";
import type { LeakCheckOptions } from "./leak-check.ts";
import { TestSession } from "./test-session.ts";
import { VirtualClock, type VirtualClockOptions, virtualClock } from "./virtual-clock.ts";
import { warmUp } from "./warm-up.ts";

/** What a test app adds to a kernel. */
export interface TestParts {
  /** The clock that it runs on. @throws PawlError `PAWL_TEST_OTHER_CLOCK` where it was given one that is not virtual */
  readonly clock: VirtualClock;
  /** Every event that was emitted, listened to or not. */
  readonly events: EventRecorder;
  /** Every fact. */
  readonly facts: FactRecorder;
  /**
   * What went to `onError` so far. To read it is to have looked at what is in it: an error that nobody has looked at
   * fails the disposal. With an `onError` of one's own they are recorded as well, and need not be looked at.
   */
  readonly errors: readonly RecordedError[];
}

/** A kernel under test. */
// biome-ignore lint/suspicious/noExplicitAny: as for Kernel
export interface TestApp<P extends Providers = any> extends Kernel<P>, TestParts {}

/** What a kernel that the test makes itself has to be given. */
export interface TestBase {
  readonly clock: Clock;
  readonly onError: (error: unknown, origin: ErrorOrigin) => unknown;
}

/** Options of the test; the clock's count where the app is not given one. */
export interface TestOptions extends VirtualClockOptions {
  /**
   * Whether the disposal looks for what was left behind, see {@link LeakCheck}. Turn it off where tests run
   * concurrently in one process, or where the test itself leaves something on purpose.
   *
   * @default true
   */
  readonly leaks?: boolean | LeakCheckOptions;
}

/**
 * As {@link testApp}, but not started.
 *
 * @example
 * await using app = createTestApp({ providers: { slow: Slow } });
 * const started = app.start();
 * await app.clock.advance("30s"); // what starts in virtual time needs it to pass
 * await started;
 */
export function createTestApp<A extends Kernel>(make: (base: TestBase) => A, options?: TestOptions): A & TestParts;
export function createTestApp<const P extends Providers>(config?: KernelConfig<P>, options?: TestOptions): TestApp<P>;
export function createTestApp(
  config: KernelConfig | ((base: TestBase) => Kernel) = {},
  options: TestOptions = {},
): Kernel & TestParts {
  const own: KernelConfig = typeof config === "function" ? {} : config;
  const clock = own.clock ?? virtualClock(options);
  if (clock instanceof VirtualClock) clock.hold(warmUp());
  const errors = new ErrorRecorder();
  const base: TestBase = { clock, onError: errors.onError(own.onError) };
  const kernel = typeof config === "function" ? config(base) : new Kernel({ ...config, ...base });
  if (clock instanceof VirtualClock) clock.hold(loadParts(kernel));
  const events = new EventRecorder(kernel);
  const facts = new FactRecorder(kernel);
  const ownsClock = own.clock === undefined;
  const session = new TestSession({ kernel, clock, ownsClock, errors, leaks: options.leaks ?? true });
  return Object.defineProperties(kernel, {
    clock: { get: () => requireVirtual(clock) },
    events: { value: events },
    facts: { value: facts },
    errors: { get: () => errors.all },
    [Symbol.asyncDispose]: {
      value: async () => {
        await session.dispose().finally(() => events.stop());
      },
    },
  }) as Kernel & TestParts;
}

/**
 * A started kernel that runs on a virtual clock and records its events, facts and errors. Give it the configuration of a
 * kernel, or a function that makes one (an `App`, a subclass) of what it is given.
 *
 * `await using` stops it in the end, advancing the clock where the stop waits for it, and throws where something was
 * wrong: a stop that failed, errors that went to `onError` and that the test never looked at, or something left behind.
 *
 * @example
 * await using app = await testApp({ providers: { metrics: new Metrics() } });
 * await app.clock.advance("60s");
 * app.service("metrics").currentStats();
 * app.events.of("metrics:updated");
 * @example
 * await using app = await testApp((base) => new App({ ...base, providers, routes }));
 * @throws StartError where the start fails
 */
export function testApp<A extends Kernel>(make: (base: TestBase) => A, options?: TestOptions): Promise<A & TestParts>;
export function testApp<const P extends Providers>(
  config?: KernelConfig<P>,
  options?: TestOptions,
): Promise<TestApp<P>>;
export async function testApp(
  config: KernelConfig | ((base: TestBase) => Kernel) = {},
  options?: TestOptions,
): Promise<Kernel & TestParts> {
  const app = createTestApp(config as KernelConfig, options);
  await app.start();
  return app;
}

function requireVirtual(clock: Clock): VirtualClock {
  if (clock instanceof VirtualClock) return clock;
  throw new PawlError(
    "PAWL_TEST_OTHER_CLOCK",
    "app.clock: the app runs on the clock of its configuration, which is not virtual. Leave `clock` out, or give virtualClock()",
  );
}
