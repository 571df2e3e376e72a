import { Frame, RunToken, runInFrame } from "../async-context.ts";
import { milliseconds } from "../duration.ts";
import { CrashError, type StartError, StepError } from "../errors/errors.ts";
import type { KernelCore } from "../kernel-core.ts";
import { LazySet } from "../lazy-set.ts";
import { Scope, type ScopeOwner, type Starting, type StartUnderWay, type StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { NameSet } from "./name-set.ts";
import { type Owner, pathUnder, reasonUnder, type StartSpec } from "./owner.ts";
import type { ServiceCell } from "./service-cell.ts";
import { ServiceStart } from "./service-start.ts";
import { tell } from "./start-failure.ts";
import type { State, StopReason } from "./state.ts";
import { Supervisor } from "./supervisor.ts";
import { ToldStop } from "./told-stop.ts";

const onStopSpec = { kind: "onStop" } as const;
const beginSpec = { kind: "beginning of a run", detached: true } as const;

/** One run of a service: from the moment an owner takes it, through its start and its stop, until it is given back. */
export class ServiceRun implements Owner, ScopeOwner, Starting {
  readonly cell: ServiceCell;
  readonly owner: Owner;
  readonly core: KernelCore;
  readonly scope: Scope;
  #names: NameSet | undefined;
  #supervisor: Supervisor | undefined;
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
  /** There until it has started and was told that all is ready. */
  #start: ServiceStart | undefined;
  onStartReturned = false;
  #crashed: CrashError | undefined;
  #told: ToldStop | undefined;

  constructor(cell: ServiceCell, owner: Owner, spec: StartSpec) {
    const { core } = owner;
    const wanted = pathUnder(owner, spec.name);
    const { startTimeout, stopTimeout } = spec;
    this.startTimeout =
      startTimeout === undefined ? core.startTimeout : milliseconds(startTimeout, `${wanted}: startTimeout`);
    this.stopTimeout =
      stopTimeout === undefined ? core.stopTimeout : milliseconds(stopTimeout, `${wanted}: stopTimeout`);
    this.cell = cell;
    this.owner = owner;
    this.core = core;
    this.held = spec.held;
    // Taken last: what was refused above still belongs to nobody.
    this.name = spec.reserved ? spec.name : owner.names.take(spec.name);
    this.path = this.name === spec.name ? wanted : pathUnder(owner, this.name);
    this.scope = new Scope(core, this, new RunToken(cell.identity, this.path, owner.scope.token));
  }

  /** The names of its children. */
  get names(): NameSet {
    this.#names ??= new NameSet();
    return this.#names;
  }

  get supervisor(): Supervisor {
    this.#supervisor ??= new Supervisor(this, this.cell.strategy);
    return this.#supervisor;
  }

  get isUp(): boolean {
    return !this.stopping && !this.#crashed && !this.#start?.hasFailed;
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
    return this.stopping !== undefined && !(this.cell.state === "starting" && this.#start?.hasFailed);
  }

  begin(): void {
    this.#start = new ServiceStart(this);
    this.#started = this.#start.carryOut();
    if (this.#beginning) this.#started.then(this.#beginning.resolve, this.#beginning.reject);
  }

  /** Stops it from any state; resolves when it is over. Failures go to `stop`, unless another stop is under way. */
  stop(stop: StopContext): Promise<void> {
    if (!this.stopping) {
      if (this.cell.state !== "starting") return this.#stop(stop);
      this.#start?.giveUp(stop);
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
    return { path: this.path, doing: this.#start?.doing ?? "about to start" };
  }

  crash(error: unknown, step?: string): void {
    const { cell, core, owner, path, scope } = this;
    if (this.#isKnown(error)) return;
    cell.lastError = error;
    if (scope.over) core.report(error, { path, label: "crash" });
    else if (scope.stopping) tell(scope.stopping, error);
    else if (this.#crashed || this.#start?.hasFailed) {
      // The first crash counts; later ones have nothing left to decide.
      if (owner.scope.stopping) tell(owner.scope.stopping, error);
      else core.report(error, { path, label: "crash" });
    } else if (this.#start && (cell.state === "starting" || this.#start.isInOnReady)) {
      this.#start.failBy(error);
    } else this.#crash(error instanceof CrashError ? error : new CrashError(path, error, step));
  }

  hasCrashedBy(error: unknown): boolean {
    const crashed = this.#crashed;
    if (!crashed) return false;
    // What is no object is not the same because it is equal.
    return error === crashed || (typeof error === "object" && error !== null && error === crashed.cause);
  }

  /** Its `onStart` has returned: it runs, and takes its place in the release order of its owner. */
  comeUp(ms: number): void {
    const { cell, core, owner, path } = this;
    cell.state = "running";
    cell.resolvable = true;
    cell.startMs = ms;
    cell.actions?.open(this.scope);
    if (cell.policy) cell.history.cameUp(core.clock.now());
    if (this.held) owner.scope.hold(cell);
    core.facts.record("service.started", { path, ms });
    for (const begin of cell.beginnings ?? []) this.#begin(begin);
  }

  /** Runs `onReady`, where it still runs and has one, or a `loop` that begins then. @throws StartError */
  ready(): Promise<void> | undefined {
    const { cell } = this;
    // It may have stopped meanwhile, and run anew.
    const isUp = cell.run === this && cell.state === "running";
    if (isUp && (cell.member("onReady") !== undefined || cell.member("loop") !== undefined)) return this.#ready();
    this.#start = undefined;
    return undefined;
  }

  async #ready(): Promise<void> {
    await this.#start?.ready();
    this.#start = undefined;
  }

  /** The three steps of stopping. */
  async takeDown(stop: StopContext): Promise<void> {
    const { cell, scope } = this;
    const { service } = cell;
    const onStop = this.onStartReturned && this.#onStop(stop);
    if (onStop) {
      // Open again where a crash had closed it: onStop may still work.
      scope.open = true;
      const step = scope.step(onStopSpec, stop, () => onStop.call(service, stop.reason));
      if (step) await step;
    }
    cell.resolvable = false;
    const ended = scope.endActivities(stop);
    if (ended) await ended;
    const released = scope.releaseResources(stop);
    if (released) await released;
  }

  /** The hook, where there is one; a getter that throws is a step that has failed. */
  #onStop(stop: StopContext): Service["onStop"] {
    try {
      return this.cell.member("onStop");
    } catch (error) {
      tell(stop, new StepError(this.path, "onStop", error));
      return undefined;
    }
  }

  /** The end of the run, for `reason` where it was stopped. */
  leave(state: State, reason?: StopReason): void {
    this.scope.over = true;
    this.cell.leave(this, state, reason);
    this.#isOver = true;
    this.#over?.resolve();
  }

  /** Begins what a package does in each run, as part of the service. */
  #begin(begin: () => void): void {
    const frame = new Frame(this.scope.token, beginSpec, undefined);
    try {
      runInFrame(frame, begin);
    } catch (error) {
      this.scope.fail(beginSpec, error, { crash: true });
    }
    frame.settled = true;
  }

  async #stop({ reason, failures }: StopContext): Promise<void> {
    const { cell, core, path, scope } = this;
    const began = core.clock.now();
    const stop: StopContext = { reason: this.#crashed ? crashOf(this.#crashed, path) : reason, failures };
    scope.stopping = stop;
    // One that is restarted after a crash is failed until it is started again.
    const staysFailed = this.#crashed && cell.restart;
    if (!staysFailed) {
      cell.state = "stopping";
      core.facts.record("service.stopping", { path, reason: stop.reason });
    }
    // No user code of the stop runs inside the call that asked for it.
    await Promise.resolve();
    await this.takeDown(stop);
    if (staysFailed) {
      this.leave("failed", reason);
      return;
    }
    this.leave("stopped", reason);
    core.facts.record("service.stopped", { path, ms: core.clock.now() - began, leftBehind: scope.leftBehind });
  }

  /** The same failure may come by more than one way: by two dependencies, or as a crash that onStart throws too. */
  #isKnown(error: unknown): boolean {
    return this.#crashed ? this.hasCrashedBy(error) : this.#start?.hasFailedBy(error) === true;
  }

  #crash(crash: CrashError): void {
    const { cell, core, path } = this;
    this.#crashed = crash;
    cell.state = "failed";
    core.facts.record("crash", { path, error: crash.cause });
    this.scope.cancelActivities("it crashed");
    if (this.owner.supervisor.takesCare(cell, crash)) return;
    this.owner.supervisor.tellEscalation(cell, crash);
    const holders = [...this.holders];
    const running = holders.filter((holder) => !holder.stopping);
    // Told once: to those that can still deal with it, else to the stop of one of them.
    for (const holder of running.length > 0 ? running : holders.slice(0, 1)) holder.crash(crash);
    if (holders.length === 0) this.owner.crash(crash);
  }
}

function crashOf(crash: CrashError, path: string): StopReason {
  return { kind: "crash", path: crash.path ?? path, error: crash.cause };
}
