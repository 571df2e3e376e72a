import { RunToken } from "../async-context.ts";
import { settlesWithin } from "../bounded.ts";
import type { Call } from "../call.ts";
import { formatDuration, milliseconds } from "../duration.ts";
import { CycleError, messageOf, StartError } from "../errors/errors.ts";
import type { KernelCore } from "../kernel-core.ts";
import { cellOf, isService } from "../lifecycle/cell-of.ts";
import type { State } from "../lifecycle/state.ts";
import type { Waiter } from "../lifecycle/wait-graph.ts";
import { release } from "../release.ts";
import { releaseRule } from "../release-rule.ts";
import { Scope, type ScopeOwner, type Starting, type StopContext } from "../scope.ts";
import type { ProviderSpec } from "./provider-spec.ts";

/** One provider in one start of a kernel. For plain values it is also what owns them: their factory and their release. */
export class ProviderEntry implements Waiter, ScopeOwner, Starting {
  readonly spec: ProviderSpec;
  readonly name: string;
  /** What it read while it was made; starts before it. */
  readonly needs: Set<ProviderEntry> = new Set();
  readonly waitingFor: Set<Waiter> = new Set();
  started: Promise<void> | undefined;
  made = false;
  value: unknown;
  stopTimeout = 0;
  #scope: Scope | undefined;
  #held = false;
  #call: Call | undefined;
  #abort: (() => void) | undefined;

  constructor(spec: ProviderSpec) {
    this.spec = spec;
    this.name = spec.name;
    if (spec.kind === "instance") {
      this.made = true;
      this.value = spec.target;
    }
  }

  get path(): string {
    return this.name;
  }

  /** Whether `service(name)` gives it. */
  get resolvable(): boolean {
    return isService(this.value) ? cellOf(this.value).resolvable : this.#held;
  }

  get state(): State {
    if (isService(this.value)) return cellOf(this.value).state;
    if (this.#held) return "running";
    return this.started ? "starting" : "idle";
  }

  /** Runs the constructor or the factory in a context of its own. Throws what it throws. */
  make(core: KernelCore, deps: object): unknown {
    const { target, kind } = this.spec;
    if (kind === "class") return new (target as new (deps: object) => unknown)(deps);
    this.stopTimeout = optional(this.spec.options.stopTimeout, core.stopTimeout, `${this.name}: stopTimeout`);
    const kernelScope = core.scope as Scope;
    const scope = new Scope(core, this, new RunToken(Symbol(this.name), kernelScope.token));
    this.#scope = scope;
    let result: unknown;
    let thrown: { readonly error: unknown } | undefined;
    this.#call = scope.run({ kind: "factory" }, () => (result = (target as (deps: object) => unknown)(deps)), {
      ok() {},
      fail(error) {
        thrown = { error };
      },
    });
    if (!this.#call && thrown) throw thrown.error;
    return result;
  }

  /** Waits for what an async factory makes, within the start timeout. @throws StartError */
  async settle(core: KernelCore, making: PromiseLike<unknown>): Promise<void> {
    const call = this.#call as Call;
    const kernelScope = core.scope as Scope;
    const limit = optional(this.spec.options.startTimeout, core.startTimeout, `${this.name}: startTimeout`);
    let error: StartError | undefined;
    const settled = Promise.resolve(making).then(
      (value) => {
        // Held at once: a stop that waits for this factory releases what it made.
        if (!error) this.keep(core, value);
        else this.discard(core, making);
      },
      (thrown: unknown) => {
        if (!error) error = this.startError(thrown);
        else core.report(thrown, { path: this.name, label: "factory, after its start had failed" });
      },
    );
    const aborted = new Promise<void>((resolve) => {
      this.#abort = resolve;
    });
    kernelScope.starting.add(this);
    try {
      const inTime = await settlesWithin(core.clock, Promise.race([settled, aborted]), limit, `${this.name}: factory`);
      if (this.made) return;
      if (!inTime) {
        const stop: StopContext = { reason: { kind: "start-failed", path: this.name, error }, failures: [] };
        error = new StartError(
          "PAWL_START_TIMEOUT",
          `"${this.name}" did not start within ${formatDuration(limit)}; it was in its factory. Connect later, from a service, or raise startTimeout`,
          { path: this.name, errors: stop.failures },
        );
        await this.abortStart(stop);
      } else if (!error) {
        // Stopped from outside: `abortStart` settles the call within its own bounds.
        await call.settled;
        if (!this.made)
          error ??= new StartError("PAWL_START_ABORTED", `${this.name}: a stop was asked for before it had started`, {
            path: this.name,
          });
      }
      if (error) throw error;
    } finally {
      kernelScope.starting.delete(this);
    }
  }

  deepest(): string {
    return this.name;
  }

  async abortStart(stop: StopContext): Promise<void> {
    const scope = this.#scope as Scope;
    const call = this.#call as Call;
    this.#abort?.();
    const limit = scope.core.waitLimit(this.stopTimeout);
    if (!(await settlesWithin(scope.core.clock, call.settled, limit, `${this.name}: factory`)))
      scope.abandon(call, limit, stop);
  }

  crash(error: unknown): void {
    this.#scope?.core.report(error, { path: this.name, label: "factory" });
  }

  /** Takes what was made; a plain value becomes a resource of the kernel. */
  keep(core: KernelCore, value: unknown): void {
    this.made = true;
    this.value = value;
    if (isService(value)) return;
    const rule = this.#releaseOf(value);
    const scope = this.#scope as Scope;
    this.#held = true;
    (core.scope as Scope).hold({
      kind: "value",
      label: this.name,
      release: (stop) => {
        this.#held = false;
        return rule ? release(scope, "value", stop, rule) : undefined;
      },
    });
  }

  /** What comes too late is nobody's: it is released at once, a failure goes to `onError`. */
  discard(core: KernelCore, making: PromiseLike<unknown>): void {
    const origin = { path: this.name, label: "release of what its factory made too late" };
    Promise.resolve(making)
      .then((value) => (isService(value) ? undefined : this.#releaseOf(value)?.()))
      .catch((error: unknown) => core.report(error, origin));
  }

  startError(error: unknown): StartError {
    if (error instanceof CycleError || error instanceof StartError) return error;
    return new StartError("PAWL_START_FAILED", `${this.name} could not start: ${messageOf(error)}`, {
      path: this.name,
      cause: error,
    });
  }

  #releaseOf(value: unknown): (() => unknown) | undefined {
    const { release: how } = this.spec.options;
    if (how === false) return undefined;
    return how ? () => how(value as never) : releaseRule(value);
  }
}

function optional(duration: Parameters<typeof milliseconds>[0] | undefined, otherwise: number, what: string): number {
  return duration === undefined ? otherwise : milliseconds(duration, what);
}
