import { isInside, RunToken } from "../async-context.ts";
import { CrashError, messageOf, StartError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { ProviderSpec } from "../providers/provider-spec.ts";
import { Wiring } from "../providers/wiring.ts";
import { Scope, type StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { cellOf } from "./cell-of.ts";
import { NameSet } from "./name-set.ts";
import type { StopReason } from "./state.ts";
import { ToldStop } from "./told-stop.ts";

/** A service with the name that it gets at the top of the tree. */
export interface NamedService {
  readonly name: string;
  readonly service: Service;
}

/** What a face of the kernel adds to its providers. Asked for anew at each start. */
export interface KernelParts {
  /** Start in order after all providers, and stop before any. */
  readonly controllers?: () => Promise<readonly NamedService[]> | readonly NamedService[];
  /** Starts last, when `onReady` of every other has returned, and stops first. */
  readonly server?: () => NamedService | undefined;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What ends a start from outside. */
type Interrupt = { readonly stop: StopContext } | { readonly error: unknown };

/** The starts and stops of a kernel. The last call decides: each is carried out after what is under way. */
export class KernelLifecycle {
  readonly #core: KernelCore;
  readonly #stages: readonly (readonly ProviderSpec[])[];
  readonly #parts: KernelParts;
  /** The start under way, or the one that the kernel runs since. */
  #starting: Deferred | undefined;
  /** The start that comes when the stop under way has ended. */
  #next: Deferred | undefined;
  #stopping: ToldStop | undefined;
  #interrupt: Interrupt | undefined;
  #wake: () => void = () => {};
  #waiters: Deferred[] = [];
  /** How the last run ended, for who waits for it later. */
  #ended: { readonly error?: unknown } | undefined;

  constructor(core: KernelCore, stages: readonly (readonly ProviderSpec[])[], parts: KernelParts) {
    this.#core = core;
    this.#stages = stages;
    this.#parts = parts;
    core.onCrash = (error) => this.#crash(error);
  }

  start(): Promise<void> {
    const core = this.#core;
    core.facts.refuseObserver("start");
    const inside = this.#inside();
    let promise: Promise<void>;
    if (core.state === "running" || (core.state === "starting" && !this.#interrupt)) {
      promise = (this.#starting as Deferred).promise;
    } else if (core.state === "starting" || core.state === "stopping") {
      this.#next ??= deferred();
      promise = this.#next.promise;
    } else promise = this.#begin();
    if (!inside) return promise;
    promise.catch((error: unknown) => core.report(error, { path: core.settings.name, label: "start()" }));
    return Promise.resolve();
  }

  stop(reason: StopReason): Promise<void> {
    const inside = this.#inside();
    return this.#beginStop(reason)?.ask(inside) ?? Promise.resolve();
  }

  restart(): Promise<void> {
    this.#beginStop({ kind: "requested" });
    return this.start();
  }

  wait(): Promise<void> {
    if (this.#ended && (this.#core.state === "stopped" || this.#core.state === "failed")) {
      return "error" in this.#ended ? Promise.reject(this.#ended.error) : Promise.resolve();
    }
    const waiter = deferred();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  #inside(): boolean {
    const token = this.#core.scope?.token;
    return token !== undefined && (isInside(token) || this.#core.dispatcher.isDelivering(token));
  }

  #beginStop(reason: StopReason): ToldStop | undefined {
    const core = this.#core;
    core.facts.refuseObserver("stop");
    this.#next?.reject(abortedError(core));
    this.#next = undefined;
    // After a failed start nothing is left to stop: that was its undoing.
    if (core.state === "running") return this.#takeDown(reason);
    if (core.state === "starting" && !this.#stopping) {
      const stop: StopContext = { reason, failures: [] };
      if (!this.#interrupt) {
        this.#interrupt = { stop };
        this.#wake();
      }
      const undone = (this.#starting as Deferred).promise.then(
        () => {},
        () => {},
      );
      this.#stopping = this.#told(stop, undone);
    }
    return this.#stopping;
  }

  #begin(): Promise<void> {
    this.#starting = deferred();
    void this.#bringUp(this.#starting);
    return this.#starting.promise;
  }

  async #bringUp(starting: Deferred): Promise<void> {
    const core = this.#core;
    const { name } = core.settings;
    const began = core.clock.now();
    this.#interrupt = undefined;
    this.#stopping = undefined;
    this.#ended = undefined;
    this.#open();
    core.facts.record("kernel.starting", { name });
    const interrupted = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    let failure: { readonly error: unknown } | undefined;
    try {
      // What a start that was interrupted still throws is told by its undoing.
      const up = this.#startAll();
      up.catch(() => {});
      await Promise.race([up, interrupted]);
    } catch (error) {
      failure = { error };
    }
    const ms = () => core.clock.now() - began;
    const interrupt = this.#interrupt as Interrupt | undefined;
    if (!failure && !interrupt) {
      core.state = "running";
      core.facts.record("kernel.started", { name, ms: ms() });
      starting.resolve();
      return;
    }
    if (!failure && interrupt && "stop" in interrupt) {
      core.state = "stopping";
      core.facts.record("kernel.stopping", { name, reason: interrupt.stop.reason });
      await this.#release(interrupt.stop);
      core.state = "stopped";
      core.facts.record("kernel.stopped", { name, ms: ms(), failures: interrupt.stop.failures.length });
      this.#startOver(starting, abortedError(core), {});
      return;
    }
    const original = failure ? failure.error : (interrupt as { readonly error: unknown }).error;
    const stop: StopContext = {
      reason: { kind: "start-failed", path: PawlError.is(original) ? (original.path ?? name) : name, error: original },
      failures: [],
    };
    this.#interrupt ??= { stop };
    await this.#release(stop);
    const error = startError(name, original, [...(core.wiring?.moreFailures ?? []), ...stop.failures]);
    core.state = "failed";
    core.facts.record("kernel.failed", { name, ms: ms(), error });
    this.#startOver(starting, error, { error });
  }

  /** A start has ended without being up: tells its callers, and begins the next if one was asked for meanwhile. */
  #startOver(starting: Deferred, error: unknown, ended: { readonly error?: unknown }): void {
    this.#starting = undefined;
    starting.reject(error);
    this.#over(ended);
  }

  async #startAll(): Promise<void> {
    const core = this.#core;
    await core.wiring?.startAll();
    for (const { name, service } of (await this.#parts.controllers?.()) ?? []) {
      this.#check();
      await cellOf(service).start(core.asOwner, { name, held: true });
    }
    this.#check();
    const queue = core.readyQueue ?? [];
    core.readyQueue = undefined;
    for (const cell of queue) {
      await cell.ready();
      this.#check();
    }
    const server = this.#parts.server?.();
    if (server) await cellOf(server.service).start(core.asOwner, { name: server.name, held: true });
  }

  #check(): void {
    if (this.#interrupt) throw abortedError(this.#core);
  }

  #open(): void {
    const core = this.#core;
    core.state = "starting";
    core.stopping = undefined;
    core.names = new NameSet();
    core.readyQueue = [];
    core.wiring = new Wiring(core, this.#stages);
    const owner = {
      path: core.settings.name,
      stopTimeout: core.stopTimeout,
      crash: (error: unknown) => this.#crash(error),
    };
    core.scope = new Scope(core, owner, new RunToken(core.identity));
    core.dispatcher.setKernelScope(core.scope);
  }

  #takeDown(reason: StopReason): ToldStop {
    const core = this.#core;
    const stop: StopContext = { reason, failures: [] };
    core.state = "stopping";
    const began = core.clock.now();
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    // Begun by hand, so that `#stopping` is there before any user code of the stop runs.
    this.#stopping = this.#told(
      stop,
      begun.then(async () => {
        await this.#release(stop);
        core.state = "stopped";
        core.facts.record("kernel.stopped", {
          name: core.settings.name,
          ms: core.clock.now() - began,
          failures: stop.failures.length,
        });
        this.#over(this.#ended ?? {});
      }),
    );
    core.facts.record("kernel.stopping", { name: core.settings.name, reason });
    begin();
    return this.#stopping;
  }

  #told(stop: StopContext, work: Promise<void>): ToldStop {
    const core = this.#core;
    const { name } = core.settings;
    return new ToldStop(name, stop, work, (error) => core.report(error, { path: name, label: "stop()" }));
  }

  /** Ends all that the kernel holds, newest first. */
  async #release(stop: StopContext): Promise<void> {
    const core = this.#core;
    const scope = core.scope as Scope;
    core.beginShutdown();
    core.stopping = stop;
    scope.stopping = stop;
    await scope.endActivities(stop);
    await scope.releaseResources(stop);
    // The kernel's own listeners heard events to the end.
    await scope.endActivities(stop);
    core.outcome.failures = stop.failures.length;
    core.endShutdown();
    core.stopping = undefined;
    core.readyQueue = undefined;
    core.dispatcher.setKernelScope(undefined);
    core.scope = undefined;
  }

  /** A run has ended: begins the next if one was asked for, else tells who waits. */
  #over(ended: { readonly error?: unknown }): void {
    this.#ended = ended;
    const next = this.#next;
    if (next) {
      this.#next = undefined;
      this.#begin().then(next.resolve, next.reject);
      return;
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if ("error" in ended) waiter.reject(ended.error);
      else waiter.resolve();
    }
  }

  /** A crash that nothing below could deal with. */
  #crash(error: unknown): void {
    const core = this.#core;
    const { name } = core.settings;
    if (core.stopping) {
      core.stopping.failures.push(error);
      return;
    }
    if (core.state === "starting" && !this.#interrupt) {
      this.#interrupt = { error };
      this.#wake();
      return;
    }
    if (core.state !== "running") {
      core.report(error, { path: name, label: "crash" });
      return;
    }
    const crash = error instanceof CrashError ? error : new CrashError(name, error);
    core.state = "failed";
    this.#ended = { error: crash };
    if (this.#waiters.length === 0) core.report(crash, { path: crash.path ?? name, label: "crash" });
    this.#takeDown({ kind: "crash", path: crash.path ?? name, error: crash.cause });
  }
}

function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((ok, fail) => {
    resolve = ok;
    reject = fail;
  });
  return { promise, resolve, reject };
}

function abortedError(core: KernelCore): StartError {
  const { name } = core.settings;
  return new StartError("PAWL_START_ABORTED", `${name}: a stop was asked for before it had started`, { path: name });
}

/** What `start()` rejects with: the error of the culprit, with all that went wrong in undoing the start. */
function startError(name: string, error: unknown, failures: readonly unknown[]): StartError {
  if (error instanceof StartError) {
    if (failures.length === 0) return error;
    return new StartError(error.code, error.message, {
      path: error.path,
      cause: error.cause ?? error,
      errors: [...error.errors, ...failures],
    });
  }
  const crash = error instanceof CrashError ? error : undefined;
  const cause = crash ? crash.cause : error;
  const path = crash?.path ?? name;
  return new StartError("PAWL_START_FAILED", `${path} could not start: ${messageOf(cause)}`, {
    path,
    cause,
    errors: failures,
  });
}
