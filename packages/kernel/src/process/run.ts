import { PawlError } from "../errors/pawl-error.ts";
import type { Kernel } from "../kernel.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { StopReason } from "../lifecycle/state.ts";
import { type Held, holdProcess } from "./hold-process.ts";
import { printError } from "./print-error.ts";

const results = new WeakMap<Kernel, Promise<void>>();

/**
 * Starts the kernel, holds the process until it has ended, and sets the exit code: 0 for a graceful stop, 1 for a crash,
 * a failed start, an error that nobody caught, or a stop that reported or abandoned anything. An exit code that is higher
 * already stays.
 *
 * Resolves when the kernel has ended, whatever ended it; what went wrong has been told by then. Where something was left
 * behind, or `shutdownTimeout` has passed, it exits the process instead, as soon as no other kernel runs in it.
 */
export function runKernel(kernel: Kernel, core: KernelCore): Promise<void> {
  core.facts.refuseObserver("run");
  let result = results.get(kernel);
  if (!result) {
    result = new Run(kernel, core).result.finally(() => results.delete(kernel));
    results.set(kernel, result);
  }
  return result;
}

class Run implements Held {
  readonly result: Promise<void>;
  readonly #kernel: Kernel;
  readonly #core: KernelCore;
  /** Whether an error came that nobody caught. */
  #uncaught = false;
  /** Whether user code was left behind, in this stop or earlier: it may hold the process open for ever. */
  #leftBehind = false;
  /** What has been told, so that it is told once. */
  readonly #told = new WeakSet<object>();
  /** The stops that the process asked for. */
  readonly #stops: Promise<void>[] = [];

  constructor(kernel: Kernel, core: KernelCore) {
    this.#kernel = kernel;
    this.#core = core;
    this.result = this.#run();
  }

  get name(): string {
    return this.#core.settings.name;
  }

  stop(reason: StopReason): void {
    const { stopping, facts } = this.#core;
    if (reason.kind === "signal" && stopping)
      facts.record("kernel.signalled", { name: this.name, signal: reason.signal, reason: stopping.reason });
    this.#stops.push(this.#kernel.stop(reason).catch((error: unknown) => this.#tell(error, "stop()")));
  }

  exits(signal: string): void {
    this.#core.facts.record("kernel.exiting", { name: this.name, signal });
  }

  uncaught(error: unknown): void {
    this.#uncaught = true;
    this.stop({ kind: "crash", path: this.name, error });
  }

  get diagnose(): (() => void) | undefined {
    return this.#core.onDiagnose;
  }

  report(error: unknown, what: string): void {
    this.#core.report(error, { path: this.name, label: what });
  }

  async #run(): Promise<void> {
    const core = this.#core;
    const letProcessGo = holdProcess(this);
    const { fallback } = core;
    // A bare kernel would throw what nobody handles; under run() it is told, and the app goes on.
    core.fallback = printError;
    core.tellsCrashesAtOnce = true;
    const unobserve = core.facts.observe(
      (fact) => {
        if (fact.kind === "release.timedOut") this.#leftBehind = true;
        else if (fact.kind === "error" && isObject(fact.error)) this.#told.add(fact.error);
      },
      ["error", "release.timedOut"],
    );
    const started = this.#kernel.start();
    // Asked for after start(): before it, the end of an earlier run would count.
    const ended = this.#kernel.wait();
    const failures = [await failureOf(started), await failureOf(ended)].filter((failure) => failure !== undefined);
    await this.#settle();
    for (const { error } of failures)
      this.#tell(error, PawlError.is(error) && error.code === "PAWL_CRASHED" ? "crash" : "start()");
    await this.#settle();
    unobserve();
    core.fallback = fallback;
    core.tellsCrashesAtOnce = false;
    const { outcome } = core;
    const failed =
      failures.length > 0 ||
      this.#uncaught ||
      outcome.failures > 0 ||
      outcome.leftBehind > 0 ||
      outcome.reportsWhileStopping > 0;
    letProcessGo({ exitCode: failed ? 1 : 0, exitsNow: this.#leftBehind || outcome.overran });
  }

  /**
   * Waits until the stops have told what they have to tell, and for the turns after that in which an `onError` that
   * threw is heard.
   */
  async #settle(): Promise<void> {
    for (const stop of this.#stops) await stop;
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  }

  #tell(error: unknown, label: string): void {
    if (isObject(error) && this.#told.has(error)) return;
    this.#core.report(error, { path: PawlError.is(error) ? (error.path ?? this.name) : this.name, label });
  }
}

/** What a start or a run ended with; a start that was given up because a stop was asked for is a graceful end. */
async function failureOf(end: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await end;
    return undefined;
  } catch (error) {
    return PawlError.is(error) && error.code === "PAWL_START_ABORTED" ? undefined : { error };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
