import type { Action, ActionContext, ActionOptions, OutputOptions } from "./actions/action.ts";
import { ActionSet } from "./actions/action-set.ts";
import type { ActivityOptions, CallContext, TickContext } from "./activities/activity-options.ts";
import { checkCallback, labelOf } from "./activities/activity-options.ts";
import { type CronOptions, startCron } from "./activities/cron.ts";
import { type EventStream, EventStreamActivity, type EventsOptions } from "./activities/event-stream.ts";
import { type IntervalOptions, startInterval } from "./activities/interval.ts";
import type { IntervalOf } from "./activities/interval-handle.ts";
import { sleep } from "./activities/sleep.ts";
import { type Task, TaskActivity } from "./activities/task.ts";
import { type Timeout, TimeoutActivity } from "./activities/timeout.ts";
import { type WaitOptions, waitFor } from "./activities/wait-for.ts";
import type { ListenOptions } from "./bus/listen-options.ts";
import { type Subscription, subscription } from "./bus/subscription.ts";
import type { Duration } from "./duration.ts";
import { AbortError, StartError } from "./errors/errors.ts";
import { PawlTypeError } from "./errors/pawl-error.ts";
import type { Kernel } from "./kernel.ts";
import { cellOf, grantAccess, isService } from "./lifecycle/cell-of.ts";
import { childName, notAService } from "./lifecycle/child-name.ts";
import type { Dependencies } from "./lifecycle/dependencies.ts";
import { restartPolicyOf, type Strategy, type SuperviseOptions } from "./lifecycle/restart-policy.ts";
import { ServiceCell } from "./lifecycle/service-cell.ts";
import type { ServiceRun } from "./lifecycle/service-run.ts";
import type { StopReason } from "./lifecycle/state.ts";
import { waitFor as waitForStart } from "./lifecycle/wait-graph.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { OptionsConfig, OptionsSchema } from "./options/options-declaration.ts";
import { type Extends, type OptionsOf, type WithOptions, withOptions } from "./options/with-options.ts";
import type {
  EventArgs,
  EventItem,
  EventName,
  EventPattern,
  EventPayload,
  Listener,
  ServiceMap,
  ServiceName,
} from "./registry.ts";
import { release } from "./release.ts";
import { nameOf, type Releasable, requireReleaseRule } from "./release-rule.ts";
import type { InferInput, InferOutput, Schema } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { throwInOwnTurn } from "./throw-in-own-turn.ts";

/** What hooks return: nothing, or anything that can be awaited. */
export type HookResult = void | PromiseLike<unknown>;
/** How a child is started, and its options. */
export interface AdoptOptions<T> extends SuperviseOptions {
  /** Config in code, over the defaults of its schema. */
  readonly options?: OptionsOf<T>;
}
/** What `service` gives: the declared type, or a plain service while nothing is declared. */
export type ServiceOf<K extends string> = K extends keyof ServiceMap ? ServiceMap[K] : Service;

// Takes the arguments from `...args` alone, so that the function does not widen them.
type Fixed<A extends readonly unknown[]> = A extends infer B extends readonly unknown[] ? B : never;
type Argument = string | number | bigint | boolean | symbol | null | undefined | object;

/**
 * An object with a managed lifecycle. Extend it, take what you need in {@link Service.onStart}, and everything that you
 * took is let go when the service stops: first its work, then its things.
 *
 * @example
 * class Metrics extends Service {
 *   #orders = 0;
 *
 *   override onStart() {
 *     this.interval(this.collect, "60s");
 *     this.listen("order:completed", () => void this.#orders++);
 *   }
 *
 *   collect() {
 *     this.emit("metrics:updated", { orders: this.#orders });
 *   }
 * }
 */
export abstract class Service {
  /**
   * Which of the services that it adopted are restarted when one of them crashes and is to be restarted.
   *
   * @default "one-for-one"
   */
  static readonly strategy?: Strategy;

  /**
   * The same class with options: `this.options` is what the schema gives, typed, from `onStart` on. Values come from the
   * schema's defaults, from code (`provide(Clock, { options })`), and where the program is run by `main()` from the
   * environment and flags. All of them are validated before anything starts.
   *
   * @throws TypeError `PAWL_BAD_OPTION` for what is no Standard Schema
   * @example
   * class Clock extends Service.with({ options: z.object({ every: z.number().default(1) }) }) {
   *   override onStart() {
   *     this.interval(this.tick, this.options.every);
   *   }
   *   tick() {}
   * }
   */
  static with<Class extends abstract new (...args: never[]) => Service, S extends OptionsSchema>(
    this: Class,
    config: OptionsConfig<S> & Extends<Class, S>,
  ): WithOptions<Class, S> {
    // The class that it was called on, not always this one.
    // biome-ignore lint/complexity/noThisInStatic: see above
    return withOptions(this as never, config) as unknown as WithOptions<Class, S>;
  }

  readonly #cell: ServiceCell = new ServiceCell(this);

  // Handed out here, so that no member for it is inherited by subclasses.
  static {
    grantAccess({
      cellOf: (service) => service.#cell,
      isService: (value): value is Service => typeof value === "object" && value !== null && #cell in value,
    });
  }

  /** Its name under its owner: `"worker"`. Empty before its first start. */
  get name(): string {
    return this.#cell.name;
  }

  /** Its owner path: `"shop/metrics/worker"`. Empty before its first start. */
  get path(): string {
    return this.#cell.path;
  }

  /**
   * The kernel that runs it.
   *
   * @throws NotRunningError before its first start, and where that kernel is gone
   */
  get app(): Kernel {
    const core = this.#cell.core;
    if (!core) throw this.#cell.notRunning("app");
    return core.kernel;
  }

  /** Writes lines that carry its path. Silent before its first start. */
  get log(): Logger {
    const cell = this.#cell;
    cell.log ??= cell.core?.logger.child({ service: cell.path });
    return cell.log ?? silentLogger;
  }

  /** Aborted with an `AbortError` in step 2 of the stop of this run; outside a run it is an aborted one. */
  get signal(): AbortSignal {
    return (
      this.#cell.scope?.signal ??
      AbortSignal.abort(new AbortError(`${this.#cell.path || this.#cell.service.constructor.name}: it is not running`))
    );
  }

  /** Services that start before this one and stop after it. The outer level in sequence, the inner level together. */
  get dependencies(): Dependencies {
    return [];
  }

  /** Acquires what the service needs. What is made here is owned by it. Has returned: the service has started. */
  onStart?(): HookResult;
  /** Called in start order when every provider and controller has started; for what starts later right after its own. */
  onReady?(): HookResult;
  /** The first step of stopping: everything is still alive. Called exactly when `onStart` had returned. */
  onStop?(reason: StopReason): HookResult;
  /**
   * Called again and again from when `onReady` has returned until step 2 of the stop, a turn of the event loop after each
   * call has settled. A failure goes to `onError`, and the next call waits: 100 ms, longer after each further failure, at
   * most 10 s. A `RetryLater` waits as long as it says.
   *
   * @example
   * override async loop({ signal }: TickContext) {
   *   await this.handle(await this.#client.receive({ signal }));
   * }
   */
  loop?(context: TickContext): HookResult;

  /**
   * Checks what the service depends on, whenever its health is asked for (`app.health()`, `/readyz`): what it throws says
   * that it is not well. Calls never overlap, and one that takes longer than the asker waits counts as a failure.
   *
   * @example
   * override async onHealth({ signal }: CallContext) {
   *   await this.#pool.query("select 1", { signal });
   * }
   */
  onHealth?(context: CallContext): HookResult;

  /**
   * Calls `fn` every `every`, on the service, with `{ signal, attempt }`: at N, 2N, 3N … from now. Calls never overlap; a
   * beat that is missed is skipped and counted. A failure goes to `onError` and the interval goes on; a `RetryLater` makes
   * one more try after its time, which takes the place of the beats before it.
   *
   * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_DURATION`, `PAWL_BAD_OPTION`
   * @example
   * this.interval(this.collect, "60s");
   */
  interval<Fn extends (this: NoInfer<this>, context: TickContext) => void>(
    fn: Fn,
    every: Duration,
    options?: IntervalOptions,
  ): IntervalOf<Fn> {
    const scope = this.#cell.requireWork("interval");
    checkCallback("interval", fn);
    return startInterval(scope, this, fn as never, every, options);
  }

  /**
   * Calls `fn` at the times of a cron pattern (minute, hour, day, month, weekday; or six fields with seconds first), on
   * the service, with `{ signal, attempt }`. It follows the wall clock in its time zone: a time that is jumped over, since
   * summer time begins, the machine sleeps or the clock is set, is not made up for. Otherwise it is as `interval`.
   *
   * @throws NotRunningError; TypeError `PAWL_BAD_OPTION` for a pattern or time zone that does not exist
   * @example
   * this.cron(this.backUp, "30 3 * * *", { timezone: "Europe/Berlin" });
   */
  cron<Fn extends (this: NoInfer<this>, context: TickContext) => void>(
    fn: Fn,
    pattern: string,
    options?: CronOptions,
  ): IntervalOf<Fn> {
    const scope = this.#cell.requireWork("cron");
    checkCallback("cron", fn);
    return startCron(scope, this, fn as never, pattern, options);
  }

  /**
   * Calls `fn` once after `after`, on the service, with `{ signal }`; not at all where the service stops before.
   *
   * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_DURATION`
   * @example
   * const warning = this.timeout(() => this.log.warn("slow"), "5s");
   * warning.cancel();
   */
  timeout(
    fn: (this: NoInfer<this>, context: CallContext) => unknown,
    after: Duration,
    options?: ActivityOptions,
  ): Timeout {
    const scope = this.#cell.requireWork("timeout");
    checkCallback("timeout", fn);
    return new TimeoutActivity(scope, this, fn as never, after, options);
  }

  /**
   * Runs `fn(...args, { signal })` as a task, on the service, from a microtask on. A failure is a crash of the service
   * unless somebody holds the task (`await`, `then`, `catch`) within one turn of the event loop: then it is theirs.
   *
   * @throws NotRunningError
   * @example
   * this.spawn(this.importFile, "orders.csv");
   */
  spawn<Args extends readonly Argument[], Result>(
    fn: (this: NoInfer<this>, ...args: [...Fixed<Args>, context: CallContext]) => Result | PromiseLike<Result>,
    ...args: Args
  ): Task<Result> {
    const scope = this.#cell.requireWork("spawn");
    checkCallback("spawn", fn);
    return new TaskActivity<Result>(scope, this, fn as never, args);
  }

  /**
   * Resolves after `duration` (zero is allowed); rejects with an `AbortError` when the service stops.
   *
   * @throws NotRunningError, as a rejection
   */
  sleep(duration: Duration): Promise<void> {
    return orRejected(() => sleep(this.#cell.requireRun("sleep"), duration));
  }

  /**
   * Calls `fn` with each payload of `event`, on the service; for a pattern (`order:*`, `order:**`) with the name second.
   * Live from now until step 2 of the stop, also while the service is starting: listen last.
   *
   * With `concurrency`, `buffer` or `overflow` its events wait in line instead of being handled by the emit; in step 2
   * the line is worked off before signals are aborted.
   *
   * @throws NotRunningError; TypeError `PAWL_BAD_EVENT`; RangeError `PAWL_BAD_OPTION`
   * @example
   * this.listen("order:completed", this.print, { concurrency: 4, buffer: 10_000, overflow: "drop-oldest" });
   */
  listen<const P extends EventName | EventPattern>(
    event: P,
    fn: Listener<NoInfer<this>, P>,
    options?: ListenOptions,
  ): Subscription {
    const scope = this.#cell.requireWork("listen");
    return subscription(this.#bus("listen").on(event, fn as never, this, scope, options));
  }

  /**
   * Calls the listeners of `event` now, in the order in which they subscribed; gives how many were called. A listener
   * that fails stops nobody: its error goes to `onError`.
   *
   * @throws EventPayloadError where the event has a schema that the payload does not fit
   */
  emit<const K extends EventName>(event: K, ...payload: EventArgs<K>): number;
  emit(event: string, payload?: unknown): number {
    const cell = this.#cell;
    return (cell.bus ?? this.#bus("emit")).emit(event, payload, cell);
  }

  /** As `emit`, and waits for async listeners; rejects with an `EmitError` of all failures, which go nowhere else. */
  emitAndWait<const K extends EventName>(event: K, ...payload: EventArgs<K>): Promise<void> {
    return orRejected(() => this.#bus("emitAndWait").emitAndWait(event, payload[0], this.#cell));
  }

  /**
   * Resolves with the next payload of `event`. Rejects after `timeout` with a `PAWL_WAIT_TIMEOUT`, and with an
   * `AbortError` when the service stops.
   */
  waitFor<const K extends EventName>(event: K, options?: WaitOptions<EventPayload<K>>): Promise<EventPayload<K>> {
    return orRejected(() => {
      const scope = this.#cell.requireRun("waitFor");
      return waitFor(scope, this.#bus("waitFor"), event, options as WaitOptions<never>) as Promise<EventPayload<K>>;
    });
  }

  /**
   * The payloads of `event` as they come, for a loop; for a pattern `[payload, event]`. Subscribed from now on, not from
   * the first turn of the loop. The loop ends when it is left, and in step 2 of the stop, which waits for a loop of this
   * service until it has taken what is held.
   *
   * @throws NotRunningError; TypeError `PAWL_BAD_EVENT`; RangeError `PAWL_BAD_OPTION`; in the loop a ListenerFullError
   *   where it falls behind by more than `buffer`
   * @example
   * for await (const order of this.events("order:completed")) await this.print(order);
   */
  events<const P extends EventName | EventPattern>(event: P, options?: EventsOptions): EventStream<EventItem<P>> {
    const scope = this.#cell.requireWork("events");
    return new EventStreamActivity(scope, this.#bus("events"), event, options) as EventStream<EventItem<P>>;
  }

  /**
   * The provider of that name, from the moment it has started until its `onStop` has returned.
   *
   * @throws UnknownServiceError listing the known names; NotRunningError
   */
  service<const K extends ServiceName>(name: K): ServiceOf<K> {
    const core = this.#cell.core;
    if (!core) throw this.#cell.notRunning("service");
    return core.lookup(name) as ServiceOf<K>;
  }

  /**
   * Starts `child` as owned by this service; resolves with it when it runs. It is stopped in this service's stop, in its
   * place among the resources. `restart` says what follows when it crashes, `options` are its own.
   *
   * @throws StartError where its start fails, after the undoing; OptionsError; OwnedError; NotRunningError
   */
  async adopt<T extends Service>(child: T, options: AdoptOptions<NoInfer<T>> = {}): Promise<T> {
    const cell = this.#cell;
    const scope = cell.requireWork("adopt");
    if (!isService(child)) throw notAService("adopt", child);
    const name = childName(child);
    const policy = restartPolicyOf(options, `adopt(${child.constructor.name})`);
    if (scope.aborted) {
      throw new StartError("PAWL_START_ABORTED", `${cell.path}: it is being stopped and starts no ${name}`, {
        path: cell.path,
      });
    }
    const childCell = cellOf(child);
    const code: object | undefined = options.options;
    const spec = {
      ...options,
      name,
      held: true,
      policy,
      options: childCell.optionsInCode(code, `adopt(${child.constructor.name})`),
    };
    const start = () => childCell.start(cell.run as ServiceRun, spec);
    await (cell.state === "starting" ? waitForStart(cell, childCell, start) : start());
    return child;
  }

  /**
   * Holds a resource and releases it in the stop of this service, newest first. `release` says how; without it the first
   * of: `end` and wait for `finish` on a Node Writable, `Symbol.asyncDispose`, `Symbol.dispose`, `stop`, `close`, `quit`,
   * `end`, `disconnect`, `destroy`, `terminate`, `kill`. What it returns is awaited.
   *
   * @throws TypeError `PAWL_NOT_RELEASABLE`; NotRunningError, after having released it at once
   * @example
   * const server = this.own(createServer());
   */
  own<T extends Releasable>(resource: T): T;
  own<T>(resource: T, release: (this: NoInfer<this>, resource: T) => unknown): T;
  own<T>(resource: T, releaseFn?: (this: NoInfer<this>, resource: T) => unknown): T {
    if (isService(resource)) {
      throw new PawlTypeError("PAWL_NOT_RELEASABLE", `own(): ${nameOf(resource)} is a service; start it with adopt()`);
    }
    if (releaseFn) checkCallback("own", releaseFn);
    const rule = releaseFn ? () => releaseFn.call(this, resource) : requireReleaseRule(resource);
    this.#hold("own", "owned", nameOf(resource), rule);
    return resource;
  }

  /** Calls `fn` on the service in its stop, newest first, and awaits it. @throws NotRunningError, after having called it */
  addCleanup(fn: (this: NoInfer<this>) => unknown): void {
    checkCallback("addCleanup", fn);
    this.#hold("addCleanup", "cleanup", labelOf(fn, "cleanup"), () => fn.call(this));
  }

  /**
   * Makes an action: a method that can be called from outside the process, by its field's name. Declared as a field, or in
   * the constructor; `fn` gets what the schema gives, then `{ signal, transport }`. In the process it is a plain function,
   * `this.stats({ since })`, whose input is not checked again.
   *
   * @throws TypeError `PAWL_BAD_ACTION`
   * @example
   * stats = this.action(z.object({ since: z.iso.datetime() }), ({ since }) => this.#ordersAfter(since));
   */
  action<S extends Schema, Result>(
    schema: S,
    fn: (this: NoInfer<this>, input: InferOutput<S>, context: ActionContext) => Result,
    options?: ActionOptions,
  ): Action<InferInput<S>, Result, InferOutput<S>>;
  /** One that takes no input: `reset = this.action(() => this.#reset())`. */
  action<Result>(
    fn: (this: NoInfer<this>, context: ActionContext) => Result,
    options?: ActionOptions,
  ): Action<void, Result>;
  /** One that says what it gives: `{ output: schema }`. */
  action<S extends Schema, O extends Schema, Result extends InferInput<O> | Promise<InferInput<O>>>(
    schema: S,
    fn: (this: NoInfer<this>, input: InferOutput<S>, context: ActionContext) => Result,
    options: OutputOptions<O>,
  ): Action<InferInput<S>, Result, InferOutput<S>, InferOutput<O>>;
  action<O extends Schema, Result extends InferInput<O> | Promise<InferInput<O>>>(
    fn: (this: NoInfer<this>, context: ActionContext) => Result,
    options: OutputOptions<O>,
  ): Action<void, Result, void, InferOutput<O>>;
  action(...args: readonly unknown[]): unknown {
    this.#cell.actions ??= new ActionSet(this);
    return this.#cell.actions.declare(args);
  }

  /**
   * Stops it; it stays down until it is started by name or with the app. Resolves when it has stopped; called from inside
   * what is being stopped it resolves as soon as the stop has begun. On an idle or stopped service it does nothing.
   *
   * @throws StopError with everything that failed
   */
  stop(): Promise<void> {
    return this.#cell.requestStop();
  }

  /**
   * Crashes the service with `error`: its activities are cancelled at once. It is restarted where its owner was told so
   * (`restart`), else the crash is its owner's.
   */
  fail(error: unknown): void {
    this.#cell.fail(error);
  }

  #bus(method: string): import("./bus/dispatcher.ts").Dispatcher {
    const core = this.#cell.core;
    if (!core) throw this.#cell.notRunning(method);
    return core.dispatcher;
  }

  #hold(method: string, kind: "owned" | "cleanup", label: string, rule: () => unknown): void {
    let scope: Scope;
    try {
      scope = this.#cell.requireRun(method);
    } catch (refused) {
      this.#releaseNow(label, rule);
      throw refused;
    }
    scope.hold({
      kind,
      label,
      release: (stop) => release(scope, kind === "owned" ? `own(${label})` : label, stop, rule),
    });
  }

  /** Nobody will release it later: it is released at once, and a failure goes to `onError`. */
  #releaseNow(label: string, rule: () => unknown): void {
    const { core, path } = this.#cell;
    void (async () => rule())().catch((error: unknown) => {
      if (core) core.report(error, { path, label: `release of ${label}` });
      else throwInOwnTurn(error);
    });
  }
}

// Not an async function: its promise would be another one than the wait's own, whose AbortError is no failure of the
// process when nobody awaits it any more.
function orRejected<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return fn();
  } catch (error) {
    return Promise.reject(error);
  }
}
