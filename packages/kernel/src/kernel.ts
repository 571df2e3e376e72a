import { EventBus } from "./bus/event-bus.ts";
import { type Clock, systemClock } from "./clock.ts";
import { checkKinds } from "./config-check.ts";
import { type DiagramFormat, describeSnapshot } from "./describe.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { PawlTypeError } from "./errors/pawl-error.ts";
import type { Fact, FactSelector } from "./facts.ts";
import type { HealthOptions, HealthReport } from "./health/health.ts";
import { inspectKernel, type KernelSnapshot } from "./inspect.ts";
import { KernelCore } from "./kernel-core.ts";
import { restartByName, startByName } from "./lifecycle/by-name.ts";
import { KernelLifecycle } from "./lifecycle/kernel-lifecycle.ts";
import type { KernelParts } from "./lifecycle/kernel-run.ts";
import { checkName } from "./lifecycle/name-set.ts";
import { checkStrategy, type Strategy } from "./lifecycle/restart-policy.ts";
import type { State, StopReason } from "./lifecycle/state.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { runKernel } from "./process/run.ts";
import type { Declared, Providers, ServicesOf } from "./providers/provide.ts";
import { readProviders } from "./providers/provider-spec.ts";
import type { EventMap, ServiceMap } from "./registry.ts";
import type { Schema } from "./schema.ts";
import type { ErrorOrigin } from "./scope.ts";
import type { Service } from "./service.ts";

/** Schemas for events; each must give what `Events` says. */
export type EventSchemas = [keyof EventMap] extends [never]
  ? { readonly [name: string]: Schema<unknown, unknown> }
  : { readonly [K in keyof EventMap]?: Schema<unknown, EventMap[K]> };

// `any` makes `Kernel` without arguments mean "whatever its providers are": any kernel is assignable to it.
// biome-ignore lint/suspicious/noExplicitAny: see above
export interface KernelConfig<P extends Providers = any> {
  /** Its name in errors, facts and `inspect()`. @default "app" */
  readonly name?: string;
  /** An object: one after another in listed order. An array of objects: stages, whose members begin together. */
  readonly providers?: P & Declared<P>;
  /**
   * Which providers and controllers are restarted when one of them crashes and is to be restarted.
   *
   * @default "one-for-one"
   */
  readonly strategy?: Strategy;
  /** Schemas that payloads are checked with when they are emitted. */
  readonly events?: EventSchemas;
  /** How long each `onStart` and `onReady` may take. @default "30s" */
  readonly startTimeout?: Duration;
  /** How long each wait on user code may take during a stop. @default "10s" */
  readonly stopTimeout?: Duration;
  /** How long a whole stop may take, below the 30 s that Kubernetes grants. @default "25s" */
  readonly shutdownTimeout?: Duration;
  /**
   * Gets every error that has no caller.
   *
   * @default throws it in a turn of its own, where it becomes an `uncaughtException`
   */
  readonly onError?: (error: unknown, origin: ErrorOrigin) => unknown;
  /** Where the services' `log` writes to, e.g. a pino logger. @default nowhere */
  readonly logger?: Logger;
  /** Where time comes from. @default the system's */
  readonly clock?: Clock;
}

/** The services of a kernel: those it was given, or the declared ones where its type does not say. */
export type AppServices<P> = 0 extends 1 & P ? AnyServices : Providers extends P ? AnyServices : ServicesOf<P>;
type AnyServices = [keyof ServiceMap] extends [never] ? { readonly [name: string]: Service } : ServiceMap;

/** Which facts an observer gets. */
export interface ObserveOptions {
  /** Kinds (`"service.started"`) or groups of kinds (`"service.*"`). @default all but the per-event, -tick and -task ones */
  readonly kinds?: readonly FactSelector[];
}

// A static block hands it out, so that nothing of it is a member of a kernel.
let coreOfKernel: (kernel: Kernel) => KernelCore;

/**
 * The root owner, without HTTP or a command line. Everything hangs off the instance: two kernels in one process never
 * meet.
 *
 * @example
 * const kernel = new Kernel({ providers: { metrics: new Metrics() } });
 * await kernel.start();
 * kernel.service("metrics");
 * await kernel.stop();
 */
// biome-ignore lint/suspicious/noExplicitAny: as for KernelConfig
export class Kernel<const P extends Providers = any> implements AsyncDisposable {
  readonly #core: KernelCore;
  readonly #lifecycle: KernelLifecycle;

  static {
    coreOfKernel = (kernel) => kernel.#core;
  }

  /** The last start that was asked for, as a promise of the kernel. */
  #start: { readonly of: Promise<void>; readonly promise: Promise<unknown> } | undefined;
  /** Emit and listen from code that is no service. */
  readonly bus: EventBus;

  /**
   * @param parts what a face such as `pawl` adds
   * @throws TypeError or RangeError for what cannot be right whatever the services do
   */
  constructor(config: KernelConfig<P> = {}, parts: KernelParts = {}) {
    const name = config.name ?? "app";
    checkName(name, "Kernel({ name })");
    if (config.onError !== undefined && typeof config.onError !== "function") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `Kernel({ onError }): it must be a function, not ${typeof config.onError}`,
      );
    }
    checkKinds(config);
    const time = (key: "startTimeout" | "stopTimeout" | "shutdownTimeout", otherwise: Duration) =>
      milliseconds(config[key] ?? otherwise, `Kernel({ ${key} })`);
    checkStrategy(config.strategy, "Kernel({ strategy })");
    const stages = readProviders(config.providers);
    this.#core = new KernelCore(this as Kernel, {
      name,
      clock: config.clock ?? systemClock,
      logger: config.logger ?? silentLogger,
      startTimeout: time("startTimeout", "30s"),
      stopTimeout: time("stopTimeout", "10s"),
      shutdownTimeout: time("shutdownTimeout", "25s"),
      onError: config.onError,
      schemas: new Map(Object.entries((config.events ?? {}) as Record<string, Schema<unknown, unknown>>)),
      strategy: config.strategy,
      providers: stages.flat(),
    });
    this.#core.onDiagnose = parts.onDiagnose;
    this.#core.load = parts.load;
    this.#lifecycle = new KernelLifecycle(this.#core, stages, parts);
    this.bus = new EventBus(this.#core.dispatcher);
  }

  /** Its name in errors, facts and `inspect()`: what it was configured with, or `"app"`. */
  get name(): string {
    return this.#core.settings.name;
  }

  /** The logger that it was given; `log.level = "debug"` changes what all services write, where that has levels as pino's. */
  get log(): Logger {
    return this.#core.logger;
  }

  /** Where it stands: one of the states of a service. */
  get state(): State {
    return this.#core.state;
  }

  /**
   * Starts everything in order; resolves when it runs. While starting or running it is the same start; while stopping it
   * starts when that has ended.
   *
   * With a name it starts that provider, which was stopped, while the kernel runs; where it cannot start, it alone is
   * down.
   *
   * @throws StartError naming the culprit, after everything that had started was stopped again; with a name also
   *   UnknownServiceError and NotRunningError
   * @example
   * await app.service("metrics").stop();
   * await app.start("metrics");
   */
  start(provider?: keyof AppServices<P> & string): Promise<this> {
    if (provider !== undefined) return asRejection(() => startByName(this.#core, provider)).then(() => this);
    const start = this.#lifecycle.start();
    // One start is one promise, whoever asks for it.
    if (this.#start?.of !== start) this.#start = { of: start, promise: start.then(() => this) };
    return this.#start.promise as Promise<this>;
  }

  /**
   * Stops everything in reverse order; resolves when all has stopped. Called from inside what is being stopped it
   * resolves as soon as the stop has begun.
   *
   * @throws StopError with everything that failed
   */
  stop(reason: StopReason = { kind: "requested" }): Promise<void> {
    return this.#lifecycle.stop(reason);
  }

  /**
   * Stops and starts again; with a name only that provider, in its place, while all else goes on.
   *
   * @throws StartError; failures of the stop go to `onError`. With a name also UnknownServiceError and NotRunningError
   */
  restart(provider?: keyof AppServices<P> & string): Promise<void> {
    if (provider !== undefined) return asRejection(() => restartByName(this.#core, provider));
    return this.#lifecycle.restart();
  }

  /**
   * Resolves when the kernel has stopped, though not for a restart; rejects with the crash or the failed start. Not to be
   * awaited by what it stops: a stop waits for its work in flight.
   */
  wait(): Promise<void> {
    return this.#lifecycle.wait();
  }

  /**
   * Starts, holds the process until a signal, a crash or `stop()`, stops, and sets `process.exitCode`: 0 for a graceful
   * stop, 1 where something failed. A second signal exits at once.
   */
  run(): Promise<void> {
    return runKernel(this as Kernel, this.#core);
  }

  /**
   * The provider of that name, from the moment it has started until its `onStop` has returned.
   *
   * @throws UnknownServiceError listing the known names; NotRunningError
   */
  service<const K extends keyof AppServices<P> & string>(name: K): AppServices<P>[K] {
    return this.#core.lookup(name) as AppServices<P>[K];
  }

  /** What it holds right now, as plain JSON. */
  inspect(): KernelSnapshot {
    return inspectKernel(this.#core);
  }

  /**
   * How it and each service does, `onHealth()` asked of all at once. Askers at the same time share those calls.
   *
   * @throws TypeError or RangeError `PAWL_BAD_DURATION`
   * @example
   * const { status, ready } = await app.health();
   */
  health(options?: HealthOptions): Promise<HealthReport> {
    return this.#core.health.report(options);
  }

  /** A diagram of who owns whom and who needs whom, as text for Mermaid or Graphviz (`"dot"`). */
  describe(format: DiagramFormat = "mermaid"): string {
    if (format !== "mermaid" && format !== "dot") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `describe(format): it must be "mermaid" or "dot", not ${JSON.stringify(format)}`,
      );
    }
    return describeSnapshot(this.inspect(), format);
  }

  /**
   * Calls `fn` synchronously with each fact; gives back its undo. An observer may not call the kernel; one that throws is
   * reported and the others still run.
   */
  observe(fn: (fact: Fact) => void, options: ObserveOptions = {}): () => void {
    return this.#core.facts.observe(fn, options.kinds);
  }

  /** Stops it, as `stop()` does: for `await using`. @throws StopError */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function asRejection(fn: () => Promise<void>): Promise<void> {
  await fn();
}

/** The inside of a kernel: for the functions of `extend.ts`. */
export function coreOf(kernel: Kernel): KernelCore {
  return coreOfKernel(kernel);
}
