import { startLoop } from "../activities/loop.ts";
import type { Call } from "../call.ts";
import { isAbortedStart, StartError, StepError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import { validateInTime } from "../options/kernel-options.ts";
import { OptionsError } from "../options/options-error.ts";
import type { ServiceOptions } from "../options/service-options.ts";
import type { StopContext } from "../scope.ts";
import { startDependencies } from "./dependencies.ts";
import type { ServiceRun } from "./service-run.ts";
import { abortedStart, failedStart, isGivenUp, startTimeout, tell } from "./start-failure.ts";

interface Failure {
  readonly error: unknown;
}

const hooks = { onStart: { kind: "onStart" }, onReady: { kind: "onReady" } } as const;

/** The start of one run: its dependencies, its two hooks, and the undoing where it fails or is given up. */
export class ServiceStart {
  readonly #run: ServiceRun;
  readonly #began: number;
  /** What it was given up for, other than a stop that was asked for. */
  #failure: Failure | undefined;
  #givenUp = false;
  /** Ends what a start that is given up waits for. */
  #wake: (() => void) | undefined;
  /** The hook that it is in, or was in last. */
  #hook: keyof typeof hooks | undefined;
  #hookCall: Call | undefined;
  #doing = "waiting for its dependencies";

  constructor(run: ServiceRun) {
    this.#run = run;
    this.#began = run.core.clock.now();
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get isInOnReady(): boolean {
    return this.#hook === "onReady";
  }

  /** What it is at: `in onStart()` … */
  get doing(): string {
    return this.#hook ? `in ${this.#hook}()` : this.#doing;
  }

  /** Whether it has failed by this error. */
  hasFailedBy(error: unknown): boolean {
    return this.#failure !== undefined && error === this.#failure.error;
  }

  /** Starts the service. @throws StartError where that fails, after the undoing */
  async carryOut(): Promise<void> {
    const { cell, core, owner, path, scope } = this.#run;
    cell.state = "starting";
    owner.scope.starting.add(this.#run);
    core.facts.record("service.starting", { path });
    let failure: Failure | undefined;
    try {
      if (cell.options && !cell.options.value) {
        this.#doing = "validating its options";
        await Promise.race([this.#validateOptions(cell.options), this.#untilGivenUp()]);
        this.#doing = "waiting for its dependencies";
      }
      const dependencies = scope.stopping ? [] : cell.member("dependencies");
      if (dependencies.length > 0) {
        await Promise.race([startDependencies(this.#run, dependencies), this.#untilGivenUp()]);
      }
      if (!scope.stopping) failure = await this.#callHook("onStart");
    } catch (error) {
      failure = { error };
    }
    if (failure || scope.stopping) {
      await this.#undo(failure);
      return;
    }
    this.#hook = undefined;
    this.#hookCall = undefined;
    this.#run.comeUp(this.#ms());
    if (core.readyQueue) {
      core.readyQueue.push(this.#run);
      owner.scope.starting.delete(this.#run);
    } else await this.#readyAtOnce();
  }

  /** Runs `onReady` within the start timeout; called once. @throws StartError */
  async ready(): Promise<void> {
    const { core, owner, path, scope } = this.#run;
    const began = core.clock.now();
    const failure = (await this.#callHook("onReady")) ?? this.#failure;
    this.#hook = undefined;
    const stop = scope.stopping ?? owner.scope.stopping;
    if (!failure) {
      if (stop) return;
      core.facts.record("service.ready", { path, ms: core.clock.now() - began });
      startLoop(scope, this.#run.cell.service);
    } else if (!stop) throw failedStart(path, failure.error, []);
    else if (!isGivenUp(failure.error)) tell(stop, new StepError(path, "onReady", failure.error));
  }

  /** Gives it up: the signals are aborted, and what it has acquired is let go again. Failures go to `stop`. */
  giveUp(stop: StopContext): void {
    const { scope } = this.#run;
    scope.stopping = stop;
    scope.closeAndAbort("its start was given up");
    void scope.abortStarting(stop);
    this.#endWait();
  }

  /** Fails it by what is not an error of a hook: by a crash. */
  failBy(error: unknown): void {
    this.#failure = { error };
    if (this.isInOnReady) {
      // It runs, and will be stopped by whoever waits for its onReady.
      this.#run.scope.cancelActivities("it crashed while starting");
      this.#endWait();
    } else this.giveUp(this.#failed(error));
  }

  #ms(): number {
    return this.#run.core.clock.now() - this.#began;
  }

  #failed(error: unknown): StopContext {
    const path = PawlError.is(error) ? (error.path ?? this.#run.path) : this.#run.path;
    return { reason: { kind: "start-failed", path, error }, failures: [] };
  }

  /** `onReady` of a service that starts later than its kernel: part of its start. */
  async #readyAtOnce(): Promise<void> {
    const run = this.#run;
    const { owner, path } = run;
    try {
      await run.ready();
    } catch (error) {
      // onStart had returned: a failed onReady is undone by a whole stop.
      const stop = this.#failed(error);
      await run.stop(stop);
      run.startError = failedStart(path, error, stop.failures);
      throw run.startError;
    } finally {
      owner.scope.starting.delete(run);
    }
    if (run.stopping && owner.scope.stopping) throw abortedStart(path);
  }

  /**
   * Calls a hook of the start within the start timeout. Comes back early where the start is given up: the call is then
   * still in flight, and a failure of it goes where failures of the service's work go.
   */
  #callHook(kind: keyof typeof hooks): Promise<Failure | undefined> | Failure | undefined {
    const run = this.#run;
    const { core, path, scope, startTimeout: limit } = run;
    const { cell } = run;
    const hook = cell.member(kind);
    const spec = hooks[kind];
    this.#hook = kind;
    // Most services have none, and those who look at calls have nothing to see there.
    if (!hook && kind === "onReady") return undefined;
    let failure: Failure | undefined;
    let waiting = true;
    this.#hookCall = scope.run(spec, () => hook?.call(cell.service), {
      ok: () => {
        if (kind === "onStart") run.onStartReturned = true;
      },
      fail: (error) => {
        if (waiting) failure = { error };
        else if (!isGivenUp(error)) scope.fail(spec, error);
      },
    });
    if (!this.#hookCall) return failure;
    const wait = core.deadlines.wait(this.#hookCall, limit, () => `${path}: ${kind}`, this.#hookCall.startedAt);
    this.#wake = () => wait.end();
    if (this.#givenUp) wait.end();
    return wait.tellInTime().then((inTime) => {
      this.#wake = undefined;
      waiting = false;
      return inTime ? failure : { error: startTimeout(path, limit, run.deepest()) };
    });
  }

  #endWait(): void {
    this.#givenUp = true;
    this.#wake?.();
  }

  /** Where nobody has validated them with those of all other providers. @throws StartError */
  async #validateOptions(options: ServiceOptions): Promise<void> {
    const { core, path, startTimeout: limit } = this.#run;
    const issues = await validateInTime(core, options, path, limit);
    if (issues.length > 0) throw new OptionsError(issues);
  }

  #untilGivenUp(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#givenUp) resolve();
      else this.#wake = resolve;
    });
  }

  async #undo(failure: Failure | undefined): Promise<void> {
    const run = this.#run;
    const { cell, core, owner, path, scope } = run;
    if (!scope.stopping && failure) {
      // What it waited for was cut short by the stop of everything, and so is this start.
      if (core.stopping && isAbortedStart(failure.error)) this.giveUp(core.stopping);
      else this.failBy(failure.error);
    } else if (failure) this.#tellLate(failure.error);
    const stop = scope.stopping as StopContext;
    if (this.#hookCall) {
      await scope.abortStarting(stop);
      await scope.settleOrAbandon(this.#hookCall, stop);
    }
    if (!this.#failure) {
      cell.state = "stopping";
      core.facts.record("service.stopping", { path, reason: stop.reason });
    }
    await run.takeDown(stop);
    owner.scope.starting.delete(run);
    run.leave(this.#failure ? "failed" : "stopped");
    if (this.#failure) {
      cell.lastError = this.#failure.error;
      const error = failedStart(path, this.#failure.error, stop.failures);
      run.startError = error;
      core.facts.record("service.failed", { path, ms: this.#ms(), error });
      throw error;
    }
    core.facts.record("service.stopped", { path, ms: this.#ms(), leftBehind: scope.leftBehind });
    // One whose onStart has returned has been up, however shortly.
    if (!run.onStartReturned || owner.scope.stopping) throw abortedStart(path);
  }

  /** A failure that came when it had been given up already. */
  #tellLate(error: unknown): void {
    if (this.hasFailedBy(error) || isGivenUp(error)) return;
    const { path, scope } = this.#run;
    const failure = error instanceof StartError ? error : new StepError(path, "onStart", error);
    tell(scope.stopping as StopContext, failure);
  }
}
