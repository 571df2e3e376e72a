import { type IntervalFace, type IntervalOptions, startInterval } from "../activities/interval.ts";
import type { Interval, TickFunction } from "../activities/interval-handle.ts";
import { currentFrame, isOfDrain } from "../async-context.ts";
import type { CallEnd, CallSpec } from "../call.ts";
import type { Clock } from "../clock.ts";
import type { Duration } from "../duration.ts";
import type { AbortError } from "../errors/errors.ts";
import { type PawlError, PawlTypeError } from "../errors/pawl-error.ts";
import type { FactLog } from "../facts.ts";
import type { Instrumentation } from "../instrumentation.ts";
import { cellOf, isService } from "../lifecycle/cell-of.ts";
import type { ServiceCell } from "../lifecycle/service-cell.ts";
import type { Activity, ErrorOrigin } from "../scope.ts";
import type { Service } from "../service.ts";

/** What a package that adds activities may do with the run of a service. */
export interface ServiceScope {
  readonly path: string;
  readonly clock: Clock;
  readonly facts: FactLog;
  /** What is around every call of user code; undefined where nothing is. */
  readonly instrumentation: Instrumentation | undefined;
  /** Milliseconds that each wait of its stop may take. */
  readonly stopTimeout: number;
  /** Aborted in step 2 of the stop. */
  readonly signal: AbortSignal;
  /** What the signal was aborted with. */
  readonly aborted: AbortError | undefined;
  /** Whether its stop is under way, or has ended. */
  readonly isStopping: boolean;
  /**
   * Whether the code here is part of what the stop of this run still works off: a queue item, a request, a buffered
   * listener. What it leads to belongs to the drain, until signals are aborted.
   */
  readonly isDraining: boolean;
  /** Whether the code here is the call itself that `run` was given this very spec for, and no call inside of it. */
  isIn(spec: CallSpec): boolean;
  /**
   * Asks again whether the service takes work, for a handle that can outlive that.
   *
   * @param also lets {@link ServiceScope.isDraining} do as well
   * @throws NotRunningError where it takes none any more, and where the caller was left behind by a stop
   */
  requireWork(method: string, also?: "draining"): void;
  /** Puts an activity into the tree; it is closed, then aborted in step 2. */
  add(activity: Activity): void;
  remove(activity: Activity): void;
  /** Whether this is an activity of the same run, such as what `service.events()` gives: it ends in the same stop. */
  has(activity: unknown): boolean;
  /**
   * Starts an interval that shows itself as something else.
   *
   * @throws TypeError or RangeError
   */
  interval<Result>(
    fn: TickFunction<Result>,
    every: Duration,
    options: IntervalOptions,
    face: IntervalFace,
  ): Interval<Result>;
  /** Calls user code as owned by the service: in its async context, tracked and awaited in step 2, bounded. */
  run<T>(spec: CallSpec, fn: () => T | PromiseLike<T>, end: CallEnd<T>): void;
  /** Tracks work of the package's own in the same way: with `drains` a stop waits for it before it aborts signals. */
  track<T>(spec: CallSpec, work: PromiseLike<T>, end: CallEnd<T>): void;
  /** Tells a failure: to the stop under way, as a crash, or to `onError`. */
  fail(spec: CallSpec, error: unknown, how?: { readonly crash?: boolean }): void;
  /** Tells an error that speaks for itself, as it stands: to the stop under way, else to `onError`. */
  tell(spec: CallSpec, error: PawlError): void;
  /** Tells an error that has no caller. */
  report(error: unknown, origin: ErrorOrigin): void;
}

function requireCell(service: Service, method: string): ServiceCell {
  if (isService(service)) return cellOf(service);
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${method}(): the first argument must be the service that owns it, as in ${method}(this, …)`,
  );
}

/**
 * The run of `service` that takes work now, for functions that take the owning service first.
 *
 * @param method names the caller in the error
 * @throws NotRunningError where it takes no work
 */
export function scopeOf(service: Service, method: string): ServiceScope {
  const scope = requireCell(service, method).requireWork(method);
  const isDraining = () =>
    scope.stopping !== undefined && !scope.open && scope.aborted === undefined && isOfDrain(scope.token);
  return {
    path: scope.path,
    clock: scope.core.clock,
    facts: scope.core.facts,
    get instrumentation() {
      return scope.core.instrumentation;
    },
    stopTimeout: scope.stopTimeout,
    get signal() {
      return scope.signal;
    },
    get aborted() {
      return scope.aborted;
    },
    get isStopping() {
      return scope.stopping !== undefined;
    },
    get isDraining() {
      return isDraining();
    },
    isIn: (spec) => currentFrame()?.spec === spec,
    requireWork(again, also) {
      if (also === "draining" && isDraining()) scope.core.facts.refuseObserver(again);
      else cellOf(service).requireWork(again);
    },
    add: (activity) => scope.add(activity),
    remove: (activity) => scope.remove(activity),
    has: (activity) => typeof activity === "object" && scope.has(activity as Activity),
    interval: (fn, every, options, face) => startInterval(scope, service, fn, every, options, face),
    run: (spec, fn, end) => void scope.run(spec, fn, end),
    track: (spec, work, end) => void scope.track(spec, undefined, work, end),
    fail: (spec, error, how) => scope.fail(spec, error, how),
    tell: (spec, error) => scope.tell(spec, error),
    report: (error, origin) => scope.core.report(error, origin),
  };
}

/**
 * Calls `begin` in every run of `service`, as soon as its `onStart` has returned, restarts included: for what is declared as
 * a field and works while the service runs. It is called in the order of declaration; what it throws is a crash.
 *
 * @param method names the caller in the error
 * @throws TypeError `PAWL_BAD_OPTION` where the service has been started already
 * @example
 * inEveryRun(service, "beat", () => startBeating(scopeOf(service, "beat")));
 */
export function inEveryRun(service: Service, method: string, begin: () => void): void {
  const cell = requireCell(service, method);
  if (cell.path !== "") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${cell.path}: ${method}() was called after the service had begun to start; declare it as a field, or in the constructor`,
    );
  }
  cell.beginnings ??= [];
  cell.beginnings.push(begin);
}

/** The run of a service, for calls that are too many to make a {@link ServiceScope} for each, such as requests. */
export interface ServiceCalls {
  /**
   * Calls user code as owned by the service, as {@link ServiceScope.run} does, and gives what it gives as it stands; `end`
   * hears only of a promise.
   *
   * @throws what `fn` throws
   */
  call<T>(spec: CallSpec, fn: () => T | PromiseLike<T>, end: CallEnd<T>): T | PromiseLike<T>;
}

/**
 * The run that `service` has now, to make one call in it.
 *
 * @param method names the caller in the error
 * @throws NotRunningError where it takes no work
 */
export function callsOf(service: Service, method: string): ServiceCalls {
  return cellOf(service).requireWork(method);
}
