import { RunToken } from "../async-context.ts";
import { AbandonedError, CrashError, type StartError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { ProviderSpec } from "../providers/provider-spec.ts";
import { Wiring } from "../providers/wiring.ts";
import { Scope, type StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { cellOf } from "./cell-of.ts";
import { NameSet } from "./name-set.ts";
import type { Owner } from "./owner.ts";
import type { ServiceRun } from "./service-run.ts";
import { abortedStart, failedStart, isGivenUp, tell } from "./start-failure.ts";
import { Supervisor } from "./supervisor.ts";

/** A service with the name that it gets at the top of the tree. */
export interface NamedService {
  readonly name: string;
  readonly service: Service;
}

/** What a face of the kernel adds to its providers. Asked for anew at each start. */
export interface KernelParts {
  /** The name that a start which is limited to some providers chooses them all by. @default they start always */
  readonly name?: string;
  /** Starts before all providers, and stops last: also where a start is limited to some of them. */
  readonly first?: () => NamedService | undefined;
  /** Start in order after all providers, and stop before any. */
  readonly controllers?: () => Promise<readonly NamedService[]> | readonly NamedService[];
  /** Starts last, when `onReady` of every other has returned, and stops first. */
  readonly server?: () => NamedService | undefined;
  /** Loads the code that its starts load anyway: virtual time must not run away from that. */
  readonly load?: () => Promise<unknown>;
  /** Called at each SIGUSR2 under `run()`, to say what the app is doing; without it that signal is left as it is. */
  readonly onDiagnose?: () => void;
}

/** One run of a kernel: brings everything up, and takes it down again. */
export class KernelRun implements Owner {
  readonly core: KernelCore;
  readonly run: undefined;
  readonly scope: Scope;
  readonly names: NameSet;
  readonly supervisor: Supervisor;
  readonly #wiring: Wiring;
  readonly #parts: KernelParts;
  readonly #onCrash: (crash: CrashError) => void;
  /** Resolves when the start under way is given up. */
  readonly #givenUp = Promise.withResolvers<void>();
  /** The parts of the start that have not settled. */
  readonly #pending = new Map<Promise<unknown>, string>();
  /** What the start failed by. */
  #failure: { readonly error: unknown } | undefined;
  #crashed: CrashError | undefined;

  /** @param onCrash called when a crash came up while the kernel was running */
  constructor(
    core: KernelCore,
    stages: readonly (readonly ProviderSpec[])[],
    parts: KernelParts,
    onCrash: (crash: CrashError) => void,
  ) {
    this.core = core;
    this.#parts = parts;
    this.#onCrash = onCrash;
    this.names = new NameSet(core.providerNames);
    this.supervisor = new Supervisor(this, core.settings.strategy);
    const owner = {
      path: core.settings.name,
      stopTimeout: core.stopTimeout,
      crash: (error: unknown) => this.crash(error),
    };
    this.scope = new Scope(core, owner, new RunToken(core.identity, core.settings.name));
    this.#wiring = new Wiring(core, stages);
    core.state = "starting";
    core.scope = this.scope;
    core.owner = this;
    core.wiring = this.#wiring;
    core.readyQueue = [];
    core.dispatcher.setKernelScope(this.scope);
  }

  get isUp(): boolean {
    return !this.scope.stopping && !this.#crashed;
  }

  /** Starts everything. @throws StartError where that fails or is aborted, after everything was undone */
  async bringUp(): Promise<void> {
    const { core } = this;
    const { name } = core.settings;
    const began = core.clock.now();
    const ms = () => core.clock.now() - began;
    core.facts.record("kernel.starting", { name });
    try {
      await this.#startAll();
    } catch (error) {
      this.#fail(error);
    }
    const { stopping } = this.scope;
    if (!stopping) {
      core.state = "running";
      core.facts.record("kernel.started", { name, ms: ms() });
      return;
    }
    await this.#release(stopping);
    let error: StartError;
    if (this.#failure) {
      error = failedStart(name, this.#failure.error, stopping.failures);
      core.state = "failed";
      core.facts.record("kernel.failed", { name, ms: ms(), error });
    } else {
      error = abortedStart(name);
      core.state = "stopped";
      core.facts.record("kernel.stopped", { name, ms: ms(), failures: stopping.failures.length });
    }
    throw error;
  }

  /** Gives up the start under way, since a stop was asked for; nothing where it is being undone already. */
  abort(stop: StopContext): void {
    if (this.scope.stopping) return;
    this.#giveUp(stop);
  }

  /** Stops everything. Failures go to `stop`. */
  async takeDown(stop: StopContext): Promise<void> {
    const { core } = this;
    const began = core.clock.now();
    this.#beginStop(stop);
    // No user code of the stop runs inside the call that asked for it.
    await Promise.resolve();
    await this.#release(stop);
    core.state = "stopped";
    core.facts.record("kernel.stopped", {
      name: core.settings.name,
      ms: core.clock.now() - began,
      failures: stop.failures.length,
    });
  }

  /** A crash that nothing below could deal with. */
  crash(error: unknown): void {
    const { core, scope } = this;
    // The same crash may come by more than one way.
    if (this.#crashed && error === this.#crashed) return;
    if (scope.stopping || core.state === "starting") {
      this.#fail(error);
      return;
    }
    this.#crashed = error instanceof CrashError ? error : new CrashError(core.settings.name, error);
    core.state = "failed";
    this.#onCrash(this.#crashed);
  }

  async #startAll(): Promise<void> {
    const { core } = this;
    const validated = core.options.validate(core);
    if (validated) await this.#part(validated, "the validation of options");
    const first = this.#parts.first?.();
    if (first) await this.#startNamed(first);
    await this.#part(this.#wiring.startAll());
    const parts = this.#parts.name === undefined || core.isChosen(this.#parts.name) ? this.#parts : {};
    const controllers = await this.#part(Promise.resolve(parts.controllers?.()));
    for (const controller of controllers ?? []) await this.#startNamed(controller);
    await this.#part(this.#untilRestarted());
    const queue: readonly ServiceRun[] = core.readyQueue ?? [];
    core.readyQueue = undefined;
    for (const run of queue) {
      const told = run.ready();
      if (told) await this.#part(told);
    }
    const server = parts.server?.();
    if (server) await this.#startNamed(server, true);
  }

  async #startNamed({ name, service }: NamedService, apart = false): Promise<void> {
    await this.#part(cellOf(service).start(this, { name, held: true, apart }));
  }

  /** Waits for what has crashed meanwhile and is being restarted, at most for the start timeout. */
  async #untilRestarted(): Promise<void> {
    const { deadlines, settings, startTimeout } = this.core;
    const restarts = this.scope.children.flatMap(({ restart }) => (restart ? [restart.over] : []));
    if (restarts.length === 0) return;
    await deadlines.wait(Promise.all(restarts), startTimeout, `${settings.name}: restarts`).tellInTime();
  }

  /**
   * Waits for one part of the start, or until the start is given up; how the part fails after that is told by the undoing.
   *
   * @throws StartError `PAWL_START_ABORTED` where the start was given up
   */
  async #part<T>(work: Promise<T>, what = "the loading of controllers"): Promise<T> {
    this.#pending.set(work, what);
    const settled = () => void this.#pending.delete(work);
    work.then(settled, (error: unknown) => {
      settled();
      this.#fail(error);
    });
    await Promise.race([work, this.#givenUp.promise]);
    if (this.scope.stopping) throw abortedStart(this.core.settings.name);
    return work;
  }

  /** Takes note of a failure of the start: the first one ends it, later ones join it. */
  #fail(error: unknown): void {
    const { stopping } = this.scope;
    if (error === this.#failure?.error && this.#failure) return;
    const { name } = this.core.settings;
    if (stopping) {
      if (isGivenUp(error)) return;
      if (this.scope.over) this.core.report(error, { path: name, label: "start()" });
      else tell(stopping, error);
      return;
    }
    this.#failure = { error };
    const path = PawlError.is(error) ? (error.path ?? name) : name;
    this.#giveUp({ reason: { kind: "start-failed", path, error }, failures: [] });
  }

  /** Gives up the start under way: what is starting is aborted at once. */
  #giveUp(stop: StopContext): void {
    this.#beginStop(stop);
    void this.scope.abortStarting(stop);
    this.#givenUp.resolve();
  }

  /** From here on failures of the kernel's work go to `stop`. */
  #beginStop(stop: StopContext): void {
    const { core } = this;
    this.scope.stopping = stop;
    core.beginShutdown();
    if (stop.reason.kind === "start-failed") return;
    core.state = "stopping";
    core.facts.record("kernel.stopping", { name: core.settings.name, reason: stop.reason });
  }

  /** Ends all that the kernel holds, newest first. */
  async #release(stop: StopContext): Promise<void> {
    const { core, scope } = this;
    await scope.endActivities(stop);
    await scope.releaseResources(stop);
    // The kernel's own listeners heard events to the end.
    await scope.endActivities(stop);
    await this.#settleStart(stop);
    scope.over = true;
    core.endShutdown(stop.failures.length);
    core.readyQueue = undefined;
    core.dispatcher.setKernelScope(undefined);
    core.owner = undefined;
    core.scope = undefined;
  }

  /** Lets the parts of a start that was given up tell how they failed. Everything that they wait for is over. */
  async #settleStart(stop: StopContext): Promise<void> {
    const { core } = this;
    if (this.#pending.size > 0) {
      const { name } = core.settings;
      const settled = Promise.allSettled(this.#pending.keys());
      const late = await core.waits.settles(settled, core.stopTimeout, {
        path: name,
        what: [...this.#pending.values()],
      });
      // What a stop ends is over: it can only be what a face adds, or a schema.
      for (const what of late === undefined ? [] : this.#pending.values()) this.#abandon(what, late as number, stop);
    }
    for (const error of await this.#wiring.failures()) this.#fail(error);
  }

  #abandon(what: string, ms: number, stop: StopContext): void {
    const { core } = this;
    const { name } = core.settings;
    tell(stop, new AbandonedError(name, what, ms));
    core.abandoned();
    core.facts.record("release.timedOut", { path: name, label: what, ms });
  }
}
