import { isAbandoned, isInside, RunToken } from "../async-context.ts";
import { settlesWithin } from "../bounded.ts";
import type { Call } from "../call.ts";
import { type Duration, formatDuration, milliseconds } from "../duration.ts";
import {
  AbandonedError,
  CrashError,
  isAbortError,
  messageOf,
  NotRunningError,
  OwnedError,
  StartError,
  StepError,
} from "../errors/errors.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { Logger } from "../logger.ts";
import { type Resource, Scope, type ScopeOwner, type Starting, type StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { startDependencies } from "./dependencies.ts";
import { NameSet } from "./name-set.ts";
import type { State, StopReason } from "./state.ts";
import { ToldStop } from "./told-stop.ts";
import type { Waiter } from "./wait-graph.ts";

/** Who owns services: a service, or the kernel. */
export interface Owner {
  readonly core: KernelCore;
  /** The service; undefined for the kernel. */
  readonly cell: ServiceCell | undefined;
  readonly scope: Scope;
  readonly names: NameSet;
  /** The stop that is under way. */
  readonly stopping: StopContext | undefined;
  crash(error: unknown): void;
}

/** How one provider or adopted child is started and stopped. */
export interface LifecycleOptions {
  /** @default the kernel's (30 s) */
  readonly startTimeout?: Duration;
  /** @default the kernel's (10 s) */
  readonly stopTimeout?: Duration;
}

interface StartSpec extends LifecycleOptions {
  readonly name: string;
  /** Whether the owner holds it as a resource; a dependency is held by its holders instead. */
  readonly held: boolean;
}

/** What ended a start before it had succeeded. */
type Interrupt = { readonly stop: StopContext } | { readonly error: unknown };

/** The lifecycle of one service: the part of it that its subclasses do not see. */
export class ServiceCell implements ScopeOwner, Starting, Waiter {
  readonly service: Service;
  readonly identity: symbol;
  name = "";
  path = "";
  state: State = "idle";
  /** From the moment it has started until its `onStop` has returned. */
  resolvable = false;
  stopTimeout = 0;
  startTimeout = 0;
  /** When its last run began, in milliseconds of the wall clock. */
  since: number | undefined;
  lastError: unknown;
  readonly waitingFor: Set<Waiter> = new Set();
  /** The services that hold it as a dependency. */
  readonly holders: Set<ServiceCell> = new Set();
  /** The services that it holds as its dependencies, for `inspect()`. */
  dependencies: readonly ServiceCell[] = [];
  names: NameSet = new NameSet();
  log: Logger | undefined;
  #owner: Owner | undefined;
  #lastCore: WeakRef<KernelCore> | undefined;
  #scope: Scope | undefined;
  #resource: Resource | undefined;
  #onStartReturned = false;
  #crashed: CrashError | undefined;
  #interrupt: Interrupt | undefined;
  #wake: (() => void) | undefined;
  /** The last start; whoever waits for it sees its error. */
  started: Promise<void> = Promise.resolve();
  /** The start under way, with its undoing; never rejects. */
  #startEnded: Promise<void> = Promise.resolve();
  #stopEnded: Promise<void> = Promise.resolve();
  /** Whether `onReady` is under way. */
  #readying = false;
  /** How `onStart` failed after its start had been given up. */
  #lateFailure: { readonly error: unknown } | undefined;
  #told: ToldStop | undefined;

  constructor(service: Service) {
    this.service = service;
    this.identity = Symbol(service.constructor.name);
  }

  get cell(): this {
    return this;
  }

  get owner(): Owner | undefined {
    return this.#owner;
  }

  get scope(): Scope | undefined {
    return this.#scope;
  }

  get stopping(): StopContext | undefined {
    return this.#scope?.stopping;
  }

  /** The kernel that runs it, or the last that did, if that still exists. */
  get core(): KernelCore | undefined {
    return this.#owner?.core ?? this.#lastCore?.deref();
  }

  /** This service as the owner of its children; only while it has a scope. */
  get asOwner(): Owner {
    const cell = this;
    return {
      core: (this.#owner as Owner).core,
      cell,
      scope: this.#scope as Scope,
      names: this.names,
      get stopping() {
        return cell.stopping;
      },
      crash: (error) => cell.crash(error),
    };
  }

  /**
   * Starts it under `owner`: dependencies, then `onStart`; and `onReady`, where the kernel is past that.
   *
   * @throws OwnedError where it has an owner already; StartError where it fails, after the undoing
   */
  start(owner: Owner, spec: StartSpec): Promise<void> {
    this.#claim(owner, spec);
    // Before anything of it runs: its onStart may ask for a stop.
    let ended!: () => void;
    this.#startEnded = new Promise((resolve) => {
      ended = resolve;
    });
    this.started = this.#start(owner, spec);
    this.started.then(ended, ended);
    return this.started;
  }

  /** Stops it from any state; resolves when it is down. Failures go to `stop`. */
  stop(stop: StopContext): Promise<void> {
    if (this.state === "starting") return this.abortStart(stop);
    if (this.#owner && (this.state === "running" || this.state === "failed")) {
      // Before anything of it runs: its onStop may ask for a stop.
      let ended!: () => void;
      this.#stopEnded = new Promise((resolve) => {
        ended = resolve;
      });
      void this.#runStop(this.#owner.core, stop).then(ended);
    }
    return this.#stopEnded;
  }

  /** `service.stop()`. */
  requestStop(): Promise<void> {
    const scope = this.#scope;
    const owner = this.#owner;
    if (!scope || !owner) return Promise.resolve();
    const { core } = owner;
    core.facts.refuseObserver("stop");
    const inside = isInside(scope.token) || core.dispatcher.isDelivering(scope.token);
    if (!this.#told) {
      // Where the owner is stopping it already, the failures are told there.
      const stop: StopContext = { reason: { kind: "requested" }, failures: [] };
      const { path } = this;
      this.#told = new ToldStop(path, stop, this.stop(stop), (error) => core.report(error, { path, label: "stop()" }));
    }
    return this.#told.ask(inside);
  }

  abortStart(stop: StopContext): Promise<void> {
    // Up already, but in an onReady that its starter waits for.
    if (this.state !== "starting") return this.stop(stop);
    if (!this.#interrupt) {
      this.#interrupt = { stop };
      this.#scope?.abort("its start was aborted");
      this.#wake?.();
    }
    return this.#startEnded;
  }

  deepest(): string {
    for (const child of this.#scope?.starting ?? []) return child.deepest();
    return this.path;
  }

  crash(error: unknown): void {
    const core = this.core as KernelCore;
    this.lastError = error;
    if ((this.state === "starting" || this.#readying) && !this.#interrupt) {
      this.#interrupt = { error };
      this.#scope?.abort("it crashed while starting");
      this.#wake?.();
      return;
    }
    if (this.state !== "running" || this.#crashed) {
      // The first crash counts; later ones have nothing left to decide.
      if (this.stopping) this.stopping.failures.push(error);
      else core.report(error, { path: this.path, label: "crash" });
      return;
    }
    const owner = this.#owner as Owner;
    this.#crashed = error instanceof CrashError ? error : new CrashError(this.path, error);
    this.state = "failed";
    this.resolvable = false;
    core.facts.record("crash", { path: this.path, error: error instanceof CrashError ? error.cause : error });
    this.#scope?.cancelActivities("it crashed");
    if (owner.stopping) owner.stopping.failures.push(this.#crashed);
    else if (this.holders.size > 0) for (const holder of [...this.holders]) holder.crash(this.#crashed);
    else owner.crash(this.#crashed);
  }

  /** Runs `onReady`, once in a run, within the start timeout. @throws StartError */
  async ready(): Promise<void> {
    const scope = this.#scope;
    const { onReady } = this.service;
    if (!onReady || !scope || this.state !== "running") return;
    const { core } = this.#owner as Owner;
    const began = core.clock.now();
    this.#readying = true;
    const end = await this.#hook(core, scope, "onReady", () => onReady.call(this.service));
    this.#readying = false;
    if (end.kind === "failed") throw this.#startError(end.error, []);
    if (this.#interrupt && "error" in this.#interrupt) throw this.#startError(this.#interrupt.error, []);
    if (this.state === "running") core.facts.record("service.ready", { path: this.path, ms: core.clock.now() - began });
  }

  /** @throws NotRunningError where the service takes no work */
  requireWork(method: string): Scope {
    const scope = this.#scope;
    scope?.core.facts.refuseObserver(method);
    if (scope?.open && !isAbandoned(this.identity, scope.token)) return scope;
    throw this.notRunning(method);
  }

  /** @throws NotRunningError where the service holds nothing any more */
  requireRun(method: string): Scope {
    const scope = this.#scope;
    scope?.core.facts.refuseObserver(method);
    if (scope?.takesResources && !isAbandoned(this.identity, scope.token)) return scope;
    throw this.notRunning(method);
  }

  notRunning(method: string): NotRunningError {
    const { name: className } = this.service.constructor;
    if (!this.core && this.path === "") {
      return new NotRunningError(
        `${className}: ${method}() was called before the service had a kernel, in a constructor or field; move it to onStart()`,
      );
    }
    const state = isAbandoned(this.identity, this.#scope?.token)
      ? "running anew, and the caller was left behind"
      : this.state;
    return new NotRunningError(
      `${this.path}: ${method}() was called while it is ${state}; it takes work only while starting, running and in its own onStop()`,
      { path: this.path },
    );
  }

  #claim(owner: Owner, spec: StartSpec): void {
    const wanted = ownedPath(owner, spec.name);
    for (let above = owner.cell; above; above = above.owner?.cell) {
      if (above === this) {
        throw new OwnedError(
          `${wanted}: ${this.path} cannot own itself or what owns it; adopt another instance`,
          wanted,
        );
      }
    }
    if (this.#owner) {
      throw new OwnedError(
        `${wanted}: this ${this.service.constructor.name} already runs as ${this.path}; a service has one owner at a time. Make another instance, or look it up with this.service()`,
        wanted,
      );
    }
    const { core } = owner;
    const time = (key: "startTimeout" | "stopTimeout") =>
      spec[key] === undefined ? core[key] : milliseconds(spec[key], `${wanted}: ${key}`);
    this.startTimeout = time("startTimeout");
    this.stopTimeout = time("stopTimeout");
    // Taken last: what was refused above still belongs to nobody.
    this.#owner = owner;
    this.name = owner.names.take(spec.name);
    this.path = ownedPath(owner, this.name);
  }

  async #start(owner: Owner, spec: StartSpec): Promise<void> {
    const { core } = owner;
    const began = core.clock.now();
    const scope = new Scope(core, this, new RunToken(this.identity, owner.scope.token));
    this.#scope = scope;
    this.#interrupt = undefined;
    this.#crashed = undefined;
    this.#lateFailure = undefined;
    this.#onStartReturned = false;
    this.#told = undefined;
    this.lastError = undefined;
    this.log = undefined;
    this.names = new NameSet();
    this.since = core.clock.wallTime();
    this.state = "starting";
    owner.scope.starting.add(this);
    core.facts.record("service.starting", { path: this.path });
    let call: Call | undefined;
    let failure: { readonly error: unknown } | undefined;
    try {
      const { dependencies } = this.service;
      if (dependencies.length > 0) await startDependencies(this, scope, dependencies, this.#interrupted());
      if (!this.#interrupt) {
        const { onStart } = this.service;
        const end = onStart ? await this.#hook(core, scope, "onStart", () => onStart.call(this.service)) : returned;
        call = end.call;
        if (end.kind === "failed") failure = { error: end.error };
        if (!onStart) this.#onStartReturned = true;
      }
    } catch (error) {
      failure = { error };
    }
    if (!failure && !this.#interrupt) {
      this.#hasStarted(owner, core, spec, core.clock.now() - began);
      if (core.readyQueue) {
        core.readyQueue.push(this);
        owner.scope.starting.delete(this);
      } else await this.#readyAtOnce(owner);
      return;
    }
    await this.#undoStart(owner, core, scope, call, failure, core.clock.now() - began);
  }

  /** `onReady` of a service that starts later than its kernel: part of its start. */
  async #readyAtOnce(owner: Owner): Promise<void> {
    try {
      await this.ready();
      if (this.state === "running" || !owner.scope.aborted) return;
      throw this.#abortedError();
    } catch (error) {
      if (this.state !== "running") throw this.#abortedError(error);
      // onStart had returned: a failed onReady is undone by a whole stop.
      const stop: StopContext = { reason: { kind: "start-failed", path: this.path, error }, failures: [] };
      await this.stop(stop);
      throw error instanceof StartError ? withErrors(error, stop.failures) : error;
    } finally {
      owner.scope.starting.delete(this);
    }
  }

  #hasStarted(owner: Owner, core: KernelCore, spec: StartSpec, ms: number): void {
    this.state = "running";
    this.resolvable = true;
    if (spec.held) {
      const ownerPath = owner.cell?.path;
      this.#resource = {
        kind: "child",
        label: this.name,
        cell: this,
        release: (stop) =>
          this.stop({
            reason: ownerPath === undefined ? stop.reason : { kind: "owner", owner: ownerPath },
            failures: stop.failures,
          }),
      };
      owner.scope.hold(this.#resource);
    }
    core.facts.record("service.started", { path: this.path, ms });
  }

  async #undoStart(
    owner: Owner,
    core: KernelCore,
    scope: Scope,
    call: Call | undefined,
    failure: { readonly error: unknown } | undefined,
    ms: number,
  ): Promise<void> {
    const interrupt = this.#interrupt;
    const asked = interrupt && "stop" in interrupt ? interrupt.stop : undefined;
    const error = failure ? failure.error : interrupt && "error" in interrupt ? interrupt.error : undefined;
    const reason: StopReason = asked?.reason ?? { kind: "start-failed", path: this.path, error };
    const stop: StopContext = { reason, failures: asked?.failures ?? [] };
    this.#interrupt ??= { stop };
    scope.abort("its start failed");
    let startReturned = this.#onStartReturned;
    if (call && scope.starting.size > 0) await Promise.all([...scope.starting].map((child) => child.abortStart(stop)));
    if (call && !(await this.#settleStart(core, call))) scope.abandon(call, core.waitLimit(this.stopTimeout), stop);
    startReturned ||= this.#onStartReturned;
    const late = asked && failure ? failure : this.#lateFailure;
    if (late && !isCancellation(late.error)) stop.failures.push(new StepError(this.path, "onStart", late.error));
    if (asked) this.state = "stopping";
    scope.stopping = stop;
    if (startReturned) await this.#callOnStop(scope, stop);
    await scope.endActivities(stop);
    await scope.releaseResources(stop);
    owner.scope.starting.delete(this);
    this.#leave(asked ? "stopped" : "failed");
    if (asked) {
      core.facts.record("service.stopped", { path: this.path, ms });
      // A service that stopped itself in an onStart that returned has been up, however shortly.
      if (startReturned && reason.kind === "requested" && !owner.stopping && !owner.scope.aborted) return;
      throw this.#abortedError(failure?.error);
    }
    const startError = this.#startError(error, stop.failures);
    core.facts.record("service.failed", { path: this.path, ms, error: startError });
    throw startError;
  }

  /** Waits for an `onStart` whose start is being undone, at most for the stop timeout. */
  #settleStart(core: KernelCore, call: Call): Promise<boolean> {
    return settlesWithin(core.clock, call.settled, core.waitLimit(this.stopTimeout), `${this.path}: onStart`);
  }

  async #runStop(core: KernelCore, stop: StopContext): Promise<void> {
    const scope = this.#scope as Scope;
    const began = core.clock.now();
    const reason: StopReason = this.#crashed
      ? { kind: "crash", path: this.#crashed.path ?? this.path, error: this.#crashed.cause }
      : stop.reason;
    this.state = "stopping";
    scope.stopping = { reason, failures: stop.failures };
    core.facts.record("service.stopping", { path: this.path, reason });
    await this.#callOnStop(scope, scope.stopping);
    this.resolvable = false;
    await scope.endActivities(scope.stopping);
    await scope.releaseResources(scope.stopping);
    this.#leave("stopped");
    core.facts.record("service.stopped", { path: this.path, ms: core.clock.now() - began });
  }

  async #callOnStop(scope: Scope, stop: StopContext): Promise<void> {
    const { onStop } = this.service;
    if (!onStop) return;
    // Open again where a crash had closed it: onStop may still work.
    scope.open = true;
    await scope.step({ kind: "onStop" }, stop, () => onStop.call(this.service, stop.reason));
  }

  /** Gives the ownership back. */
  #leave(state: State): void {
    const owner = this.#owner as Owner;
    this.state = state;
    this.resolvable = false;
    if (this.#resource) owner.scope.letGo(this.#resource);
    this.#resource = undefined;
    owner.names.giveBack(this.name);
    this.#lastCore = owner.core.weak;
    this.#owner = undefined;
    this.#scope = undefined;
    this.#told = undefined;
    this.dependencies = [];
  }

  #interrupted(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#interrupt) resolve();
      else this.#wake = resolve;
    });
  }

  /**
   * Calls a hook of the start within the start timeout. Comes back early when the start is interrupted; the call is then
   * still in flight.
   */
  async #hook(core: KernelCore, scope: Scope, kind: "onStart" | "onReady", fn: () => unknown): Promise<HookEnd> {
    let failed: { readonly error: unknown } | undefined;
    const call = scope.run({ kind }, fn, {
      ok: () => {
        if (kind === "onStart") this.#onStartReturned = true;
      },
      fail: (error) => {
        failed = { error };
        if (kind === "onStart") this.#lateFailure = failed;
        // Stopped meanwhile: the failure is one of the stop's.
        else if (scope.stopping && !isCancellation(error)) scope.fail({ kind }, error);
      },
    });
    if (call) {
      const ended = Promise.race([call.settled, this.#interrupted()]);
      const inTime = await settlesWithin(core.clock, ended, this.startTimeout, `${this.path}: ${kind}`);
      if (!inTime) return { kind: "failed", error: this.#timeoutError(kind), call };
    }
    if (failed) {
      this.#lateFailure = undefined;
      return { kind: "failed", error: failed.error, call };
    }
    return { kind: this.#interrupt ? "interrupted" : "returned", call };
  }

  #abortedError(cause?: unknown): StartError {
    return new StartError("PAWL_START_ABORTED", `${this.path}: a stop was asked for before it had started`, {
      path: this.path,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #timeoutError(hook: string): StartError {
    const path = this.deepest();
    return new StartError(
      "PAWL_START_TIMEOUT",
      `"${path}" did not start within ${formatDuration(this.startTimeout)}${path === this.path ? "" : ` of ${this.path}`}; it was in ${hook}(). Return from ${hook}() sooner and do the long work in spawn(), or raise startTimeout`,
      { path },
    );
  }

  #startError(error: unknown, failures: readonly unknown[]): StartError {
    // The deepest culprit is the one to name.
    if (error instanceof StartError && error.code !== "PAWL_START_ABORTED") return withErrors(error, failures);
    const crash = error instanceof CrashError ? error : undefined;
    const path = crash?.path ?? this.path;
    const cause = crash ? crash.cause : error;
    return new StartError("PAWL_START_FAILED", `${path} could not start: ${messageOf(cause)}`, {
      path,
      cause,
      errors: failures,
    });
  }
}

interface HookEnd {
  readonly kind: "returned" | "interrupted" | "failed";
  readonly error?: unknown;
  readonly call?: Call | undefined;
}

const returned: HookEnd = { kind: "returned" };

/** Whether an error only says that its work was given up. */
function isCancellation(error: unknown): boolean {
  return (
    isAbortError(error) ||
    error instanceof AbandonedError ||
    (error instanceof StartError && error.code === "PAWL_START_ABORTED")
  );
}

/** The same error with what went wrong in undoing the start. */
function withErrors(error: StartError, failures: readonly unknown[]): StartError {
  if (failures.length === 0) return error;
  return new StartError(error.code, error.message, {
    path: error.path,
    cause: error.cause ?? error,
    errors: [...error.errors, ...failures],
  });
}

function ownedPath(owner: Owner, name: string): string {
  return owner.cell ? `${owner.cell.path}/${name}` : name;
}
