import { RunToken } from "../async-context.ts";
import type { BoundedWait } from "../bounded.ts";
import type { Call } from "../call.ts";
import { milliseconds } from "../duration.ts";
import { StepError } from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import { LazySet } from "../lazy-set.ts";
import { cellOf, isService } from "../lifecycle/cell-of.ts";
import type { ServiceCell } from "../lifecycle/service-cell.ts";
import { abortedStart, failedStart, isGivenUp, startTimeout } from "../lifecycle/start-failure.ts";
import type { State } from "../lifecycle/state.ts";
import type { Waiter } from "../lifecycle/wait-graph.ts";
import { release } from "../release.ts";
import { releaseRule } from "../release-rule.ts";
import { Scope, type ScopeOwner, type Starting, type StartUnderWay, type StopContext } from "../scope.ts";
import type { Service } from "../service.ts";
import { throwInOwnTurn } from "../throw-in-own-turn.ts";
import type { ProviderSpec } from "./provider-spec.ts";
import { StartFirst } from "./start-first.ts";

/** One provider in one start of a kernel. For plain values it is also what owns them: their factory and their release. */
export class ProviderEntry implements Waiter, ScopeOwner, Starting {
  readonly spec: ProviderSpec;
  readonly name: string;
  /** What the container knows it by. */
  readonly key: symbol = Symbol("provider");
  /** What it read while it was made; starts before it. */
  readonly needs: LazySet<ProviderEntry> = new LazySet();
  readonly waitingFor: LazySet<Waiter> = new LazySet();
  /** The start of it that somebody has asked for. */
  started: Promise<void> | undefined;
  /** Whether that start has succeeded. */
  up = false;
  made = false;
  value: unknown;
  /** The lifecycle of the service that its value is. */
  cell: ServiceCell | undefined;
  stopTimeout = 0;
  #scope: Scope | undefined;
  #held = false;
  /** Its async factory, until that has settled. */
  #call: Call | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** The stop, or the undoing of its start, that its factory was given up for. */
  #stop: StopContext | undefined;
  #wait: BoundedWait | undefined;
  /** Resolves when its async factory has settled or was left behind. */
  #settled: PromiseWithResolvers<void> | undefined;

  constructor(spec: ProviderSpec) {
    this.spec = spec;
    this.name = spec.name;
    if (spec.kind === "instance") {
      this.made = true;
      this.value = spec.target;
      this.cell = cellOf(spec.target as Service);
    }
  }

  get path(): string {
    return this.name;
  }

  /** Whether its async factory is under way. */
  get pending(): boolean {
    return this.#call !== undefined && !this.made;
  }

  /** Whether `service(name)` gives it. */
  get resolvable(): boolean {
    return this.cell?.resolvable ?? this.#held;
  }

  get state(): State {
    if (this.cell) return this.cell.state;
    if (this.#held) return "running";
    if (!this.started) return "idle";
    return this.up ? "stopped" : "starting";
  }

  /**
   * Runs the constructor, or begins the factory in a context of its own; gives when an async one has settled. Throws what
   * it throws.
   */
  make(core: KernelCore, deps: object): Promise<void> | undefined {
    const { target, kind } = this.spec;
    if (kind === "class") {
      this.#keep(core, new (target as new (deps: object) => unknown)(deps));
      return undefined;
    }
    const { stopTimeout } = this.spec.options;
    this.stopTimeout =
      stopTimeout === undefined ? core.stopTimeout : milliseconds(stopTimeout, `${this.name}: stopTimeout`);
    const kernelScope = core.scope as Scope;
    this.#scope = new Scope(core, this, new RunToken(Symbol(this.name), this.name, kernelScope.token));
    this.#failure = undefined;
    this.#call = this.#scope.run({ kind: "factory" }, () => (target as (deps: object) => unknown)(deps), {
      // Held at once: a stop that waits for this factory releases what it made.
      ok: (value) => this.#keep(core, value),
      fail: (error) => this.#failed(error),
      late: lateRelease(this.spec, core),
    });
    if (!this.#call && this.#failure) throw (this.#failure as { readonly error: unknown }).error;
    return this.#call?.settled;
  }

  /** Waits for what an async factory makes, within the start timeout. @throws StartError, or what the factory threw */
  async settle(core: KernelCore): Promise<void> {
    const call = this.#call as Call;
    const { name } = this;
    const kernelScope = core.scope as Scope;
    const { startTimeout: own } = this.spec.options;
    const limit = own === undefined ? core.startTimeout : milliseconds(own, `${name}: startTimeout`);
    kernelScope.starting.add(this);
    this.#settled = Promise.withResolvers();
    this.#wait = core.deadlines.wait(call, limit, `${name}: factory`);
    const inTime = await this.#wait.tellInTime();
    const timeout = inTime || this.#stop ? undefined : startTimeout(name, limit, this.deepest());
    if (timeout) this.#stop = { reason: { kind: "start-failed", path: name, error: timeout }, failures: [] };
    if (this.#stop) await (this.#scope as Scope).settleOrAbandon(call, this.#stop);
    kernelScope.starting.delete(this);
    this.#call = undefined;
    this.#settled.resolve();
    this.#wait = undefined;
    if (timeout) throw failedStart(name, timeout, this.#stop?.failures ?? []);
    // It may have failed by itself just before it was given up.
    if (this.#failure) throw this.#failure.error;
    if (this.#stop) throw abortedStart(name);
  }

  deepest(): StartUnderWay {
    for (const other of this.waitingFor) return other.deepest();
    return { path: this.name, doing: "in its factory" };
  }

  abortStart(stop: StopContext): Promise<void> {
    this.#stop ??= stop;
    this.#wait?.end();
    return this.#settled?.promise ?? Promise.resolve();
  }

  crash(error: unknown): void {
    this.#scope?.core.report(error, { path: this.name, label: "factory" });
  }

  /** Takes what was made; a plain value becomes a resource of the kernel. */
  #keep(core: KernelCore, value: unknown): void {
    this.made = true;
    this.value = value;
    if (isService(value)) {
      this.cell = cellOf(value);
      core.wiring?.nameService(value, this);
      return;
    }
    // Held all the same: the undoing releases it.
    if (this.spec.options.options !== undefined)
      this.#failure = { error: new PawlTypeError("PAWL_BAD_OPTION", onlyServicesHaveOptions(this.name)) };
    if (this.spec.policy)
      this.#failure = { error: new PawlTypeError("PAWL_BAD_OPTION", onlyServicesRestart(this.name)) };
    const scope = this.#scope as Scope;
    const rule = this.#ruleFor(core, value);
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

  #ruleFor(core: KernelCore, value: unknown): (() => unknown) | undefined {
    const rule = ruleOf(this.spec, value);
    // Another name for a value that an earlier provider made: it is released once, by that provider.
    const isFirst = core.wiring?.claimValue(value) ?? true;
    return isFirst || typeof this.spec.options.release === "function" ? rule : undefined;
  }

  #failed(error: unknown): void {
    if (!this.#stop) this.#failure = { error };
    else if (!isGivenUp(error) && !(error instanceof StartFirst)) {
      this.#stop.failures.push(new StepError(this.name, "factory", error));
    }
  }
}

function onlyServicesRestart(name: string): string {
  return `providers.${name}: its factory made a plain value, and only a service can be restarted; leave restart out`;
}

function onlyServicesHaveOptions(name: string): string {
  return `providers.${name}: its factory made a plain value, and only a service has options; give them to the factory itself`;
}

function ruleOf({ options }: ProviderSpec, value: unknown): (() => unknown) | undefined {
  const { release: how } = options;
  if (how === false) return undefined;
  return how ? () => how(value as never) : releaseRule(value);
}

/** What an abandoned factory makes in the end is nobody's: it is released at once, a failure goes to `onError`. */
function lateRelease(spec: ProviderSpec, { weak }: KernelCore): (value: unknown) => void {
  return (value) => {
    if (isService(value)) return;
    const rule = ruleOf(spec, value);
    const origin = { path: spec.name, label: "release of what its factory made too late" };
    void (async () => rule?.())().catch((error: unknown) => {
      const core = weak.deref();
      if (core) core.report(error, origin);
      else throwInOwnTurn(error);
    });
  };
}
