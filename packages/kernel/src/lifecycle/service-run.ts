import { RunToken } from "../async-context.ts";
import { boundedWait } from "../bounded.ts";
import type { Call } from "../call.ts";
import { milliseconds } from "../duration.ts";
import { CrashError, isAbortedStart, StartError, StepError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import { LazySet } from "../lazy-set.ts";
import {
  type Resource,
  Scope,
  type ScopeOwner,
  type Starting,
  type StartUnderWay,
  type StopContext,
} from "../scope.ts";
import { startDependencies } from "./dependencies.ts";
import { NameSet } from "./name-set.ts";
import { type Owner, pathUnder, reasonUnder, type StartSpec } from "./owner.ts";
import type { ServiceCell } from "./service-cell.ts";
import { abortedStart, failedStart, isGivenUp, startTimeout, tell } from "./start-failure.ts";
import type { State, StopReason } from "./state.ts";
import { ToldStop } from "./told-stop.ts";

interface Failure {
  readonly error: unknown;
}

const hookSpecs = {
  onStart: { kind: "onStart" },
  onReady: { kind: "onReady" },
  onStop: { kind: "onStop" },
} as const;

/** One run of a service: from the moment an owner takes it, through its start and its stop, until it is given back. */
export class ServiceRun implements Owner, ScopeOwner, Starting, Resource {
  readonly kind = "child";
  readonly cell: ServiceCell;
  readonly owner: Owner;
  readonly core: KernelCore;
  readonly scope: Scope;
  #names: NameSet | undefined;
  readonly name: string;
  readonly path: string;
  /** Milliseconds. */
  readonly startTimeout: number;
  readonly stopTimeout: number;
  /** Whether its owner holds it as a resource; a dependency is held by its holders instead. */
  readonly held: boolean;
  /** The runs that hold it as a dependency. */
  readonly holders: LazySet<ServiceRun> = new LazySet();
  /** The services that it holds as its dependencies, for `inspect()`. */
  dependencies: readonly ServiceCell[] = [];
  /** How its start failed by itself, when that is over. */
  startError: StartError | undefined;
  #started: Promise<void> | undefined;
  /** What `started` gives to who asks while the start is only beginning. */
  #beginning: PromiseWithResolvers<void> | undefined;
  #isOver = false;
  #over: PromiseWithResolvers<void> | undefined;
  /** Whether the start under way was given up. */
  #givenUp = false;
  /** Ends what a start that is given up waits for. */
  #wake: (() => void) | undefined;
  /** What a start was given up for, other than a stop that was asked for. */
  #failure: Failure | undefined;
  /** The hook that the start is in, or was in last. */
  #hook: "onStart" | "onReady" | undefined;
  #hookCall: Call | undefined;
  #onStartReturned = false;
  #crashed: CrashError | undefined;
  #told: ToldStop | undefined;

  constructor(cell: ServiceCell, owner: Owner, spec: StartSpec) {
    const { core } = owner;
    const wanted = pathUnder(owner, spec.name);
    const time = (key: "startTimeout" | "stopTimeout") =>
      spec[key] === undefined ? core[key] : milliseconds(spec[key], `${wanted}: ${key}`);
    this.startTimeout = time("startTimeout");
    this.stopTimeout = time("stopTimeout");
    this.cell = cell;
    this.owner = owner;
    this.core = core;
    this.held = spec.held;
    // Taken last: what was refused above still belongs to nobody.
    this.name = spec.reserved ? spec.name : owner.names.take(spec.name);
    this.path = pathUnder(owner, this.name);
    this.scope = new Scope(core, this, new RunToken(cell.identity, owner.scope.token));
  }

  /** The names of its children. */
  get names(): NameSet {
    this.#names ??= new NameSet();
    return this.#names;
  }

  get label(): string {
    return this.name;
  }

  get run(): this {
    return this;
  }

  /** Settles when the start has ended, and been undone where it failed. */
  get started(): Promise<void> {
    if (this.#started) return this.#started;
    this.#beginning ??= Promise.withResolvers();
    return this.#beginning.promise;
  }

  /** Resolves when it has been given back. */
  get over(): Promise<void> {
    this.#over ??= Promise.withResolvers();
    if (this.#isOver) this.#over.resolve();
    return this.#over.promise;
  }

  get stopping(): StopContext | undefined {
    return this.scope.stopping;
  }

  /** Whether it is being stopped for another reason than that its start failed. */
  get isLeaving(): boolean {
    return this.stopping !== undefined && !(this.cell.state === "starting" && this.#failure);
  }

  begin(): void {
    this.#started = this.#start();
    if (this.#beginning) this.#started.then(this.#beginning.resolve, this.#beginning.reject);
  }

  /** Stops it from any state; resolves when it is over. Failures go to `stop`, unless another stop is under way. */
  stop(stop: StopContext): Promise<void> {
    if (!this.stopping) {
      if (this.cell.state === "starting") this.#giveUp(stop);
      else void this.#stop(stop);
    }
    return this.over;
  }

  /** `service.stop()`, called by what is being stopped or from outside. */
  requestStop(inside: boolean): Promise<void> {
    const { core, path } = this;
    if (!this.#told) {
      // Where the owner is stopping it already, the failures are told there.
      const stop: StopContext = { reason: { kind: "requested" }, failures: [] };
      this.#told = new ToldStop(path, stop, this.over, (error) => core.report(error, { path, label: "stop()" }));
      void this.stop(stop);
    }
    return this.#told.ask(inside);
  }

  /** Starting or started: what its owner does with it in its own stop. */
  release(stop: StopContext): Promise<void> {
    return this.stop({ reason: reasonUnder(this.owner, stop.reason), failures: stop.failures });
  }

  abortStart(stop: StopContext): Promise<void> {
    return this.release(stop);
  }

  deepest(): StartUnderWay {
    const deeper = [...this.scope.starting, ...this.cell.waitingFor].map((other) => other.deepest());
    const depth = ({ path }: StartUnderWay) => path.split("/").length;
    const [first, ...others] = deeper;
    if (first) return others.reduce((best, other) => (depth(other) > depth(best) ? other : best), first);
    return { path: this.path, doing: this.#hook ? `in ${this.#hook}()` : "waiting for its dependencies" };
  }

  crash(error: unknown, step?: string): void {
    const { cell, core, owner, path, scope } = this;
    if (this.#isKnown(error)) return;
    cell.lastError = error;
    if (scope.over) core.report(error, { path, label: "crash" });
    else if (scope.stopping) tell(scope.stopping, error);
    else if (cell.state === "starting") this.#giveUp(startFailed(path, error), { error });
    else if (this.#crashed || this.#failure) {
      // The first crash counts; later ones have nothing left to decide.
      if (owner.scope.stopping) tell(owner.scope.stopping, error);
      else core.report(error, { path, label: "crash" });
    } else if (this.#hook === "onReady") {
      this.#failure = { error };
      scope.cancelActivities("it crashed while starting");
      this.#wakeStart();
    } else this.#crash(error instanceof CrashError ? error : new CrashError(path, error, step));
  }

  /** Whether it has an `onReady`. */
  get isToBeReadied(): boolean {
    return this.cell.service.onReady !== undefined;
  }

  /** Runs `onReady` within the start timeout; called once. @throws StartError */
  async ready(): Promise<void> {
    const { cell, core, path, scope } = this;
    // It may have stopped meanwhile, and run anew.
    if (!this.isToBeReadied || cell.run !== this || cell.state !== "running") return;
    const began = core.clock.now();
    const failure = (await this.#callHook("onReady")) ?? this.#failure;
    this.#hook = undefined;
    const stop = scope.stopping ?? this.owner.scope.stopping;
    if (!failure) {
      if (!stop) core.facts.record("service.ready", { path, ms: core.clock.now() - began });
    } else if (!stop) throw failedStart(path, failure.error, []);
    else if (!isGivenUp(failure.error)) tell(stop, new StepError(path, "onReady", failure.error));
  }

  async #start(): Promise<void> {
    const { cell, core, owner, path, scope } = this;
    const began = core.clock.now();
    cell.state = "starting";
    owner.scope.starting.add(this);
    core.facts.record("service.starting", { path });
    let failure: Failure | undefined;
    try {
      const { dependencies } = cell.service;
      if (dependencies.length > 0) {
        await Promise.race([startDependencies(this, dependencies), this.#untilGivenUp()]);
      }
      if (!scope.stopping) failure = await this.#callHook("onStart");
    } catch (error) {
      failure = { error };
    }
    const ms = () => core.clock.now() - began;
    if (failure || scope.stopping) {
      await this.#undoStart(failure, ms);
      return;
    }
    this.#hook = undefined;
    this.#hookCall = undefined;
    cell.state = "running";
    cell.resolvable = true;
    if (this.held) owner.scope.hold(this);
    core.facts.record("service.started", { path, ms: ms() });
    if (core.readyQueue) {
      core.readyQueue.push(this);
      owner.scope.starting.delete(this);
    } else await this.#readyAtOnce();
  }

  /** `onReady` of a service that starts later than its kernel: part of its start. */
  async #readyAtOnce(): Promise<void> {
    const { owner, path } = this;
    try {
      await this.ready();
    } catch (error) {
      // onStart had returned: a failed onReady is undone by a whole stop.
      const stop = startFailed(path, error);
      await this.stop(stop);
      throw failedStart(path, error, stop.failures);
    } finally {
      owner.scope.starting.delete(this);
    }
    if (this.stopping && owner.scope.stopping) throw abortedStart(path);
  }

  /**
   * Calls a hook of the start within the start timeout. Comes back early where the start is given up: the call is then
   * still in flight, and a failure of it goes where failures of the service's work go.
   */
  #callHook(kind: "onStart" | "onReady"): Promise<Failure | undefined> | Failure | undefined {
    const { core, path, scope } = this;
    const { service } = this.cell;
    const hook = service[kind];
    this.#hook = kind;
    let failure: Failure | undefined;
    let waiting = true;
    const spec = hookSpecs[kind];
    this.#hookCall = scope.run(spec, () => hook?.call(service), {
      ok: () => {
        if (kind === "onStart") this.#onStartReturned = true;
      },
      fail: (error) => {
        if (waiting) failure = { error };
        else if (!isGivenUp(error)) scope.fail(spec, error);
      },
    });
    if (!this.#hookCall) return failure;
    const wait = boundedWait(core.clock, this.#hookCall, this.startTimeout, `${path}: ${kind}`);
    this.#wake = wait.end;
    if (this.#givenUp) wait.end();
    return wait.inTime.then((inTime) => {
      this.#wake = undefined;
      waiting = false;
      return inTime ? failure : { error: startTimeout(path, this.startTimeout, this.deepest()) };
    });
  }

  /** Gives up the start under way: its signals are aborted, and what it has acquired is let go again. */
  #giveUp(stop: StopContext, failure?: Failure): void {
    this.#failure = failure;
    this.scope.stopping = stop;
    this.scope.abort("its start was given up");
    void this.scope.abortStarting(stop);
    this.#wakeStart();
  }

  #wakeStart(): void {
    this.#givenUp = true;
    this.#wake?.();
  }

  #untilGivenUp(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#givenUp) resolve();
      else this.#wake = resolve;
    });
  }

  async #undoStart(failure: Failure | undefined, ms: () => number): Promise<void> {
    const { cell, core, owner, path, scope } = this;
    if (!scope.stopping) {
      // What it waited for was cut short by the stop of everything, and so is this start.
      const { stopping } = core;
      if (stopping && isAbortedStart(failure?.error)) this.#giveUp(stopping);
      else this.#giveUp(startFailed(path, failure?.error), failure);
    }
    const stop = scope.stopping as StopContext;
    const own = this.#failure;
    if (failure && !this.#isKnown(failure.error) && !isGivenUp(failure.error)) {
      const { error } = failure;
      tell(stop, error instanceof StartError ? error : new StepError(path, "onStart", error));
    }
    if (this.#hookCall) {
      await scope.abortStarting(stop);
      await scope.settleOrAbandon(this.#hookCall, stop);
    }
    if (!own) {
      cell.state = "stopping";
      core.facts.record("service.stopping", { path, reason: stop.reason });
    }
    await this.#release(stop);
    owner.scope.starting.delete(this);
    this.#leave(own ? "failed" : "stopped");
    if (own) {
      cell.lastError = own.error;
      this.startError = failedStart(path, own.error, stop.failures);
      core.facts.record("service.failed", { path, ms: ms(), error: this.startError });
      throw this.startError;
    }
    core.facts.record("service.stopped", { path, ms: ms() });
    // One whose onStart has returned has been up, however shortly.
    if (!this.#onStartReturned || owner.scope.stopping) throw abortedStart(path);
  }

  async #stop({ reason, failures }: StopContext): Promise<void> {
    const { cell, core, path, scope } = this;
    const began = core.clock.now();
    const stop: StopContext = { reason: this.#crashed ? crashOf(this.#crashed, path) : reason, failures };
    scope.stopping = stop;
    cell.state = "stopping";
    core.facts.record("service.stopping", { path, reason: stop.reason });
    // No user code of the stop runs inside the call that asked for it.
    await Promise.resolve();
    await this.#release(stop);
    this.#leave("stopped");
    core.facts.record("service.stopped", { path, ms: core.clock.now() - began });
  }

  /** The three steps of stopping. */
  #release(stop: StopContext): Promise<void> | undefined {
    const { cell, scope } = this;
    const { service } = cell;
    const { onStop } = service;
    const letGo = () => {
      cell.resolvable = false;
      const ended = scope.endActivities(stop);
      return ended ? ended.then(() => scope.releaseResources(stop)) : scope.releaseResources(stop);
    };
    if (!onStop || !this.#onStartReturned) return letGo();
    // Open again where a crash had closed it: onStop may still work.
    scope.open = true;
    const step = scope.step(hookSpecs.onStop, stop, () => onStop.call(service, stop.reason));
    return step ? step.then(letGo) : letGo();
  }

  /** Gives the ownership back. */
  #leave(state: State): void {
    const { owner } = this;
    owner.scope.letGo(this);
    owner.names.giveBack(this.name);
    this.scope.over = true;
    this.cell.leave(this, state);
    this.#isOver = true;
    this.#over?.resolve();
  }

  /** The same failure may come by more than one way: by two dependencies, or as a crash that onStart throws too. */
  #isKnown(error: unknown): boolean {
    if (this.#crashed) return error === this.#crashed;
    return this.#failure !== undefined && error === this.#failure.error;
  }

  #crash(crash: CrashError): void {
    const { cell, core, path } = this;
    this.#crashed = crash;
    cell.state = "failed";
    core.facts.record("crash", { path, error: crash.cause });
    this.scope.cancelActivities("it crashed");
    const holders = [...this.holders];
    const running = holders.filter((holder) => !holder.stopping);
    // Told once: to those that can still deal with it, else to the stop of one of them.
    for (const holder of running.length > 0 ? running : holders.slice(0, 1)) holder.crash(crash);
    if (holders.length === 0) this.owner.crash(crash);
  }
}

function startFailed(path: string, error: unknown): StopContext {
  const culprit = PawlError.is(error) ? (error.path ?? path) : path;
  return { reason: { kind: "start-failed", path: culprit, error }, failures: [] };
}

function crashOf(crash: CrashError, path: string): StopReason {
  return { kind: "crash", path: crash.path ?? path, error: crash.cause };
}
