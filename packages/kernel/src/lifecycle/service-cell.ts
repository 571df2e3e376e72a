import type { ActionSet } from "../actions/action-set.ts";
import { isAbandoned, isInside } from "../async-context.ts";
import type { Dispatcher } from "../bus/dispatcher.ts";
import { NotRunningError, OwnedError } from "../errors/errors.ts";
import type { KernelCore } from "../kernel-core.ts";
import { LazySet } from "../lazy-set.ts";
import type { Logger } from "../logger.ts";
import { refuseOptions } from "../options/kernel-options.ts";
import { OptionValues } from "../options/option-values.ts";
import { declaredOptions } from "../options/options-declaration.ts";
import { ServiceOptions } from "../options/service-options.ts";
import type { Resource, Scope, StartUnderWay, StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { type Owner, pathUnder, reasonUnder, type StartSpec } from "./owner.ts";
import type { Restart } from "./restart.ts";
import { checkStrategy, RestartHistory, type RestartPolicy, type Strategy } from "./restart-policy.ts";
import { ServiceRun } from "./service-run.ts";
import type { State, StopReason } from "./state.ts";
import type { Waiter } from "./wait-graph.ts";

/** The lifecycle of one service: the part of it that its subclasses do not see. What one run of it holds is the run's. */
export class ServiceCell implements Waiter, Resource {
  readonly kind = "child";
  readonly service: Service;
  readonly identity: symbol;
  /** Of the run, or of the last one. */
  name = "";
  path = "";
  state: State = "idle";
  /** From the moment it has started until its `onStop` has returned. */
  resolvable = false;
  /** The bus of the kernel that runs it: at hand, since emitting is what services do most often. */
  bus: Dispatcher | undefined;
  /** Undefined where it has none. */
  actions: ActionSet | undefined;
  /** When its last run began, in milliseconds of the wall clock. */
  since: number | undefined;
  /** How long its last start took, in milliseconds. */
  startMs: number | undefined;
  lastError: unknown;
  /** Whether its owner is not ready without it. */
  required = true;
  /** What packages begin in each of its runs, when its `onStart` has returned. */
  beginnings: (() => void)[] | undefined;
  /** What packages show of it in `inspect()`. */
  figures: Map<string, () => unknown> | undefined;
  log: Logger | undefined;
  /** Those of the last start; undefined before the first, and where its class has none. */
  options: ServiceOptions | undefined;
  /** The restart under way that it is part of: it keeps its owner, its name and its place meanwhile. */
  restart: Restart | undefined;
  /** The restart by its name that is stopping it: it keeps its owner, its name and its place meanwhile. */
  byName: Promise<void> | undefined;
  /** When it will be started again, in milliseconds of the wall clock. */
  nextStartAt: number | undefined;
  /** How often its owner has started it again, for itself or with others. */
  restarts = 0;
  #history: RestartHistory | undefined;
  /** Who owns it, and how it was told to start it: from the beginning of a start until it is given back. */
  #owned: { readonly owner: Owner; readonly spec: StartSpec } | undefined;
  readonly waitingFor: LazySet<Waiter> = new LazySet();
  #run: ServiceRun | undefined;
  #lastCore: WeakRef<KernelCore> | undefined;

  constructor(service: Service) {
    this.service = service;
    this.identity = Symbol("service");
  }

  get cell(): this {
    return this;
  }

  /**
   * What its class may define, as it is now. Not by name: each class has a shape of its own, and the engine would look
   * through a cache in vain for each of a thousand.
   */
  member<K extends "onStart" | "onReady" | "onStop" | "loop" | "dependencies">(key: K): Service[K] {
    return Reflect.get(this.service, key) as Service[K];
  }

  /** As {@link member}, of the class itself. */
  get strategy(): Strategy | undefined {
    return Reflect.get(Reflect.get(this.service, "constructor") as typeof Service, "strategy") as Strategy | undefined;
  }

  get label(): string {
    return this.name;
  }

  /** How it is restarted; undefined where it is not. */
  get policy(): RestartPolicy | undefined {
    return this.#owned?.spec.policy;
  }

  /** Whether no strategy restarts it with others. */
  get isApart(): boolean {
    return this.#owned?.spec.apart === true;
  }

  /** The restarts that its owner has granted it. */
  get history(): RestartHistory {
    this.#history ??= new RestartHistory();
    return this.#history;
  }

  /** Whether it is being stopped, and not to be started again. */
  get isStopping(): boolean {
    return this.#run?.stopping !== undefined && !this.restart;
  }

  /** The run under way: there from the beginning of a start until everything is released. */
  get run(): ServiceRun | undefined {
    return this.#run;
  }

  get scope(): Scope | undefined {
    return this.#run?.scope;
  }

  /** The kernel that runs it, or the last that did, if that still exists. */
  get core(): KernelCore | undefined {
    return this.#run?.core ?? this.#lastCore?.deref();
  }

  /**
   * Starts it under `owner`: dependencies, then `onStart`; and `onReady`, where the kernel is past that.
   *
   * @throws OwnedError where it has an owner already; StartError, as a rejection, where it fails, after the undoing
   */
  start(owner: Owner, spec: StartSpec): Promise<void> {
    this.#refuseSecondOwner(owner, pathUnder(owner, spec.name));
    const { strategy } = this;
    if (strategy !== undefined) checkStrategy(strategy, `${this.service.constructor.name}: static strategy`);
    this.actions?.nameAll();
    this.#history = undefined;
    this.restarts = 0;
    this.lastError = undefined;
    this.required = spec.required !== false;
    this.options = spec.options === undefined ? this.optionsInCode(undefined, "") : (spec.options ?? undefined);
    return this.#start(owner, spec);
  }

  /** Starts it once more, under the same owner and name and with the same spec: a restart. */
  startAgain(): Promise<void> {
    this.restarts++;
    const { owner, spec } = this.#owned as { owner: Owner; spec: StartSpec };
    return this.#start(owner, { ...spec, name: this.name, reserved: true });
  }

  #start(owner: Owner, spec: StartSpec): Promise<void> {
    const run = new ServiceRun(this, owner, spec);
    this.#run = run;
    this.#owned = { owner, spec };
    this.bus = owner.core.dispatcher;
    this.name = run.name;
    this.path = run.path;
    this.since = owner.core.clock.wallTime();
    this.log = undefined;
    run.begin();
    return run.started;
  }

  /** Stops it from any state; resolves when it is down. Failures go to `stop`. */
  stop(stop: StopContext): Promise<void> {
    return this.#run?.stop(stop) ?? Promise.resolve();
  }

  /** `service.stop()`. */
  requestStop(): Promise<void> {
    const { restart } = this;
    const run = this.#run;
    this.core?.facts.refuseObserver("stop");
    // What an earlier run has left behind has no say in this one.
    if (isAbandoned(this.identity)) return Promise.resolve();
    this.byName = undefined;
    if (!run) {
      restart?.leaveOut(this);
      this.#giveBack({ kind: "requested" });
      return Promise.resolve();
    }
    const { token } = run.scope;
    const inside = isInside(token) || run.core.dispatcher.isDelivering(token);
    if (inside && run.owner.supervisor.takesCareOfStop(this)) return Promise.resolve();
    restart?.leaveOut(this);
    return run.requestStop(inside);
  }

  /** What its owner does with it in its own stop, whether it runs or waits for a restart. */
  release(stop: StopContext): Promise<void> | undefined {
    this.restart?.leaveOut(this);
    this.byName = undefined;
    if (this.#run) return this.#run.release(stop);
    if (this.#owned) this.#giveBack(reasonUnder(this.#owned.owner, stop.reason));
    return undefined;
  }

  /** `service.fail(error)`. */
  fail(error: unknown): void {
    const { core, path } = this;
    if (!core) throw this.notRunning("fail");
    core.facts.refuseObserver("fail");
    const run = isAbandoned(this.identity) ? undefined : this.#run;
    if (run) run.scope.fail({ kind: "fail()" }, error, { crash: true });
    else core.report(error, { path, label: "fail()" });
  }

  deepest(): StartUnderWay {
    return this.#run?.deepest() ?? { path: this.path, doing: "about to start" };
  }

  /** The end of a run, for `reason` where it was stopped. The ownership is given back, unless a restart goes on with it. */
  leave(run: ServiceRun, state: State, reason?: StopReason): void {
    this.state = state;
    this.resolvable = false;
    this.#lastCore = run.core.weak;
    this.#run = undefined;
    this.bus = undefined;
    if (!this.restart && !this.byName) this.#giveBack(reason);
  }

  /** Gives the ownership back. One that waited as failed has stopped with that. */
  #giveBack(reason: StopReason | undefined): void {
    if (!this.#owned) return;
    const { owner } = this.#owned;
    this.#owned = undefined;
    owner.scope.letGo(this);
    owner.names.giveBack(this.name);
    if (this.state !== "failed" || !reason) return;
    const { facts } = owner.core;
    this.state = "stopping";
    facts.record("service.stopping", { path: this.path, reason });
    this.state = "stopped";
    facts.record("service.stopped", { path: this.path, ms: 0, leftBehind: 0 });
  }

  /** Whether transports may call its actions: from when it has started until it ends its activities. */
  get takesCalls(): boolean {
    return this.resolvable && this.scope?.open === true;
  }

  /** @throws NotRunningError where the service takes no work */
  requireWork(method: string): Scope {
    const { scope } = this;
    scope?.core.facts.refuseObserver(method);
    if (scope?.open && !isAbandoned(this.identity)) return scope;
    throw this.notRunning(method);
  }

  /** @throws NotRunningError where the service holds nothing any more */
  requireRun(method: string): Scope {
    const { scope } = this;
    scope?.core.facts.refuseObserver(method);
    if (scope?.takesResources && !isAbandoned(this.identity)) return scope;
    throw this.notRunning(method);
  }

  /** Its options where all that there is was given in code. @throws TypeError `PAWL_BAD_OPTION` where it has none */
  optionsInCode(given: object | undefined, where: string): ServiceOptions | undefined {
    const of = this.service.constructor;
    const declaration = declaredOptions(of);
    if (declaration) return new ServiceOptions(declaration, new OptionValues(given ?? {}, where));
    refuseOptions({ options: given }, of, where);
    return undefined;
  }

  /** @throws NotRunningError before they are validated */
  requireOptions(): object {
    const { options, path } = this;
    if (options?.value) return options.value;
    const who = path || this.service.constructor.name;
    throw new NotRunningError(
      `${who}: this.options was read before the service had started, in a constructor or field; move it to onStart()`,
      path ? { path } : {},
    );
  }

  notRunning(method: string): NotRunningError {
    const { path } = this;
    if (path === "") {
      return new NotRunningError(
        `${this.service.constructor.name}: ${method}() was called before the service had a kernel, in a constructor or field; move it to onStart()`,
      );
    }
    const why = isAbandoned(this.identity)
      ? "by a call that a stop has left behind; look at its signal"
      : this.restart
        ? "while it is being restarted; call again when it runs"
        : `while it is ${this.state}; it takes work only while starting, running and in its own onStop()`;
    return new NotRunningError(`${path}: ${method}() was called ${why}`, { path });
  }

  #refuseSecondOwner(owner: Owner, wanted: string): void {
    for (let above = owner.run; above; above = above.owner.run) {
      if (above.cell !== this) continue;
      throw new OwnedError(`${wanted}: ${this.path} cannot own itself or what owns it; adopt another instance`, wanted);
    }
    if (!this.#owned) return;
    throw new OwnedError(
      `${wanted}: this ${this.service.constructor.name} already runs as ${this.path}; a service has one owner at a time. Make another instance, or look it up with this.service()`,
      wanted,
    );
  }
}
