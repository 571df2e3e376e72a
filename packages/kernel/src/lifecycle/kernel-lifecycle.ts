import { isInside } from "../async-context.ts";
import { type CrashError, isAbortError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { ProviderSpec } from "../providers/provider-spec.ts";
import type { StopContext } from "../scope.ts";
import { type KernelParts, KernelRun } from "./kernel-run.ts";
import { abortedStart } from "./start-failure.ts";
import type { StopReason } from "./state.ts";
import { ToldStart } from "./told-start.ts";
import { ToldStop } from "./told-stop.ts";

/** How a run ended. */
interface Ending {
  readonly failure?: { readonly error: unknown };
  /** Whether somebody has been told of the failure. */
  readonly told: boolean;
}

/** Who asks for the starts and stops of a kernel, and who is told how they ended. The last call decides. */
export class KernelLifecycle {
  readonly #core: KernelCore;
  readonly #stages: readonly (readonly ProviderSpec[])[];
  readonly #parts: KernelParts;
  #run: KernelRun | undefined;
  /** The start under way, or the one that the kernel runs since. */
  #start: ToldStart | undefined;
  /** The stop under way. */
  #stop: ToldStop | undefined;
  /** Resolves when the run under way is over. */
  #over = Promise.withResolvers<void>();
  /** The start that comes when the stop under way has ended. */
  #next: ToldStart | undefined;
  #waiters: PromiseWithResolvers<void>[] = [];
  /** How the last run ended, for who waits for it later. */
  #ended: Ending | undefined;

  constructor(core: KernelCore, stages: readonly (readonly ProviderSpec[])[], parts: KernelParts) {
    this.#core = core;
    this.#stages = stages;
    this.#parts = parts;
  }

  start(): Promise<void> {
    const core = this.#core;
    core.facts.refuseObserver("start");
    const inside = this.#inside();
    if (this.#start && !this.#stop) return this.#start.ask(inside);
    if (this.#run) {
      this.#next ??= new ToldStart();
      return this.#next.ask(inside);
    }
    const start = new ToldStart();
    const asked = start.ask(inside);
    this.#begin(start);
    return asked;
  }

  stop(reason: StopReason): Promise<void> {
    const inside = this.#inside();
    return this.#beginStop(reason)?.ask(inside) ?? Promise.resolve();
  }

  restart(): Promise<void> {
    this.#beginStop({ kind: "requested" });
    return this.start();
  }

  /** Resolves or rejects as the run that is there, or the last one, ends; restarts pass by. */
  wait(): Promise<void> {
    if (this.#ended) {
      const { failure } = this.#ended;
      return failure ? Promise.reject(failure.error) : Promise.resolve();
    }
    const waiter = Promise.withResolvers<void>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  #inside(): boolean {
    const token = this.#core.scope?.token;
    return token !== undefined && (isInside(token) || this.#core.dispatcher.isDelivering(token));
  }

  #begin(start: ToldStart): void {
    this.#start = start;
    this.#stop = undefined;
    this.#ended = undefined;
    this.#over = Promise.withResolvers();
    const run = new KernelRun(this.#core, this.#stages, this.#parts, (crash) => this.#crashed(crash));
    this.#run = run;
    run.bringUp().then(
      () => start.succeed(),
      (error: unknown) => {
        const told = start.fail(error);
        this.#end(isAbortError(error) ? { told } : { failure: { error }, told });
      },
    );
  }

  #beginStop(reason: StopReason): ToldStop | undefined {
    const core = this.#core;
    core.facts.refuseObserver("stop");
    this.#next?.fail(abortedStart(core.settings.name));
    this.#next = undefined;
    const run = this.#run;
    if (!run || this.#stop) return this.#stop;
    const stop = this.#newStop(reason);
    if (core.state === "starting") run.abort(stop);
    else void run.takeDown(stop).then(() => this.#end({ told: true }));
    return this.#stop;
  }

  /** A crash that came up to the kernel: everything stops. Whoever waits is told when it has, else `onError` now. */
  #crashed(crash: CrashError): void {
    const core = this.#core;
    const { name } = core.settings;
    const path = crash.path ?? name;
    const told = this.#waiters.length === 0 || core.tellsCrashesAtOnce;
    if (told) core.report(crash, { path, label: "crash" });
    const stop = this.#newStop({ kind: "crash", path, error: crash.cause }, [crash]);
    void (this.#run as KernelRun).takeDown(stop).then(() => this.#end({ failure: { error: crash }, told }));
  }

  #newStop(reason: StopReason, known?: readonly unknown[]): StopContext {
    const core = this.#core;
    const { name } = core.settings;
    const stop: StopContext = { reason, failures: [] };
    const report = (error: unknown) => core.report(error, { path: name, label: "stop()" });
    this.#stop = new ToldStop(name, stop, this.#over.promise, report, known);
    return stop;
  }

  /** A run is over: begins the next if one was asked for, else tells who waits. */
  #end(ending: Ending): void {
    const { failure, told } = ending;
    const next = this.#next;
    const waiters = next ? [] : this.#waiters.splice(0);
    this.#run = undefined;
    this.#start = undefined;
    this.#stop = undefined;
    this.#next = undefined;
    this.#ended = ending;
    this.#over.resolve();
    for (const waiter of waiters) {
      if (failure) waiter.reject(failure.error);
      else waiter.resolve();
    }
    if (failure && !told && waiters.length === 0) this.#report(failure.error);
    if (next) this.#begin(next);
  }

  #report(error: unknown): void {
    const { name } = this.#core.settings;
    const crashed = PawlError.is(error) && error.code === "PAWL_CRASHED";
    const path = PawlError.is(error) ? (error.path ?? name) : name;
    this.#core.report(error, { path, label: crashed ? "crash" : "start()" });
  }
}
