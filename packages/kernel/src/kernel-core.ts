import { Deadlines, isPromiseLike } from "./bounded.ts";
import { Dispatcher } from "./bus/dispatcher.ts";
import type { Clock } from "./clock.ts";
import { NotRunningError, UnknownServiceError } from "./errors/errors.ts";
import { nearestName } from "./errors/nearest-name.ts";
import { FactLog } from "./facts.ts";
import { Health } from "./health/health.ts";
import type { Instrumentation } from "./instrumentation.ts";
import type { Kernel } from "./kernel.ts";
import type { Owner } from "./lifecycle/owner.ts";
import type { Strategy } from "./lifecycle/restart-policy.ts";
import type { ServiceRun } from "./lifecycle/service-run.ts";
import type { State } from "./lifecycle/state.ts";
import type { Logger } from "./logger.ts";
import { KernelOptions } from "./options/kernel-options.ts";
import type { ProviderSpec } from "./providers/provider-spec.ts";
import type { Wiring } from "./providers/wiring.ts";
import type { Schema } from "./schema.ts";
import type { ErrorOrigin, Scope, ScopeCore, StopContext } from "./scope.ts";
import { StopWaits } from "./stop-waits.ts";
import { throwInOwnTurn } from "./throw-in-own-turn.ts";

/** What a kernel is configured with, checked and with defaults filled in. Times are in milliseconds. */
export interface CoreSettings {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly shutdownTimeout: number;
  readonly onError: ((error: unknown, origin: ErrorOrigin) => unknown) | undefined;
  readonly schemas: ReadonlyMap<string, Schema<unknown, unknown>>;
  readonly providers: readonly ProviderSpec[];
  readonly strategy: Strategy | undefined;
}

/** How the last stop or undoing went: decides the exit code. */
export interface StopOutcome {
  /** Errors that went to `onError` meanwhile. */
  reportsWhileStopping: number;
  failures: number;
  leftBehind: number;
  /** Whether `shutdownTimeout` had passed. */
  overran: boolean;
}

/** What the parts of one kernel share: everything hangs off it, so that two kernels in one process never meet. */
export class KernelCore implements ScopeCore {
  readonly kernel: Kernel;
  readonly settings: CoreSettings;
  readonly facts: FactLog;
  readonly dispatcher: Dispatcher;
  readonly options: KernelOptions;
  readonly health: Health = new Health(this);
  readonly providerNames: readonly string[];
  /** The names that a start was limited to; what they need starts with them. */
  only: ReadonlySet<string> | undefined;
  /** What stopped services keep of it. */
  readonly weak: WeakRef<KernelCore> = new WeakRef(this);
  readonly identity: symbol = Symbol("kernel");
  state: State = "idle";
  /** The run under way, as the owner of providers, controllers and dependencies. */
  owner: Owner | undefined;
  scope: Scope | undefined;
  wiring: Wiring | undefined;
  /** The services to be told when all have started; undefined once they are being told. */
  readyQueue: ServiceRun[] | undefined;
  outcome: StopOutcome = { reportsWhileStopping: 0, failures: 0, leftBehind: 0, overran: false };
  /** Whether a crash is told when it comes, though somebody waits for the end: under `run()`, since a stop may take long. */
  tellsCrashesAtOnce = false;
  #instrumentation: Instrumentation | undefined;
  /** Where errors go without an `onError`. */
  fallback: (error: unknown, origin: ErrorOrigin) => void = throwInOwnTurn;
  /** Loads what its face loads at a start. */
  load: (() => Promise<unknown>) | undefined;
  /** Says what it is doing right now, where a face can. */
  onDiagnose: (() => void) | undefined;
  readonly deadlines: Deadlines;
  readonly waits: StopWaits;

  constructor(kernel: Kernel, settings: CoreSettings) {
    this.kernel = kernel;
    this.settings = settings;
    this.deadlines = new Deadlines(settings.clock);
    this.waits = new StopWaits(this.deadlines);
    this.facts = new FactLog(
      () => settings.clock.wallTime(),
      (error) => this.report(error, { path: settings.name, label: "an observer of facts" }),
      () => this.dispatcher?.updateGate(),
      (observing) => this.dispatcher.setObserving(observing),
    );
    this.dispatcher = new Dispatcher(this, settings.schemas);
    this.options = new KernelOptions(settings.providers);
    this.providerNames = settings.providers.map(({ name }) => name);
  }

  get instrumentation(): Instrumentation | undefined {
    return this.#instrumentation;
  }

  set instrumentation(instrumentation: Instrumentation | undefined) {
    this.#instrumentation = instrumentation;
    this.dispatcher.updateGate();
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  get logger(): Logger {
    return this.settings.logger;
  }

  get startTimeout(): number {
    return this.settings.startTimeout;
  }

  get stopTimeout(): number {
    return this.settings.stopTimeout;
  }

  /** The stop of the kernel that is under way. */
  get stopping(): StopContext | undefined {
    return this.scope?.stopping;
  }

  /** Whether it starts by itself, and not only where another one needs it. */
  isChosen(name: string): boolean {
    return this.only?.has(name) ?? true;
  }

  beginShutdown(): void {
    this.waits.beginShutdown(this.settings.shutdownTimeout, `${this.settings.name}: shutdown`);
    this.outcome = { reportsWhileStopping: 0, failures: 0, leftBehind: 0, overran: false };
  }

  endShutdown(failures: number): void {
    this.waits.endShutdown();
    this.outcome.failures = failures;
    this.outcome.overran = this.waits.overran;
  }

  abandoned(): void {
    this.outcome.leftBehind++;
  }

  /** Tells an error that has no caller: to `onError`, else to the fallback. */
  report(error: unknown, origin: ErrorOrigin): void {
    if (this.stopping) this.outcome.reportsWhileStopping++;
    if (this.facts.wants("error")) this.facts.record("error", { ...origin, error });
    const { onError } = this.settings;
    if (!onError) {
      this.fallback(error, origin);
      return;
    }
    try {
      const result = onError(error, origin);
      if (isPromiseLike(result))
        Promise.resolve(result).then(undefined, (thrown: unknown) => this.#onErrorFailed(thrown, error));
    } catch (thrown) {
      this.#onErrorFailed(thrown, error);
    }
  }

  #onErrorFailed(thrown: unknown, error: unknown): void {
    // An onError that emits may be part of a nest that is being abandoned.
    if (this.dispatcher.isToldAlready(thrown)) return;
    throwInOwnTurn(thrown);
    // What it was given has been told to nobody yet, unless it threw that itself.
    if (thrown !== error) throwInOwnTurn(error);
  }

  /** @throws UnknownServiceError, NotRunningError */
  lookup(name: string): unknown {
    const entry = this.wiring?.entry(name);
    if (entry?.resolvable) return entry.value;
    if (!this.providerNames.includes(name)) throw unknownService(`service("${name}")`, name, this.providerNames);
    if (this.only && !this.isChosen(name) && !entry?.started) {
      throw new NotRunningError(
        `service("${name}"): it was left out of this start, which is limited to ${[...this.only].join(", ")}; add it there`,
        { path: name, isLeftOut: true },
      );
    }
    if (entry?.cell?.restart) {
      throw new NotRunningError(`service("${name}"): it is being restarted; ask again when it runs`, {
        path: name,
      });
    }
    throw new NotRunningError(
      `service("${name}"): it is ${entry?.state ?? this.state}; it can be had from the moment it has started until its onStop has returned. Needed earlier: read it in the constructor, or list it before`,
      { path: name },
    );
  }
}

/** `what` says who asked for it. */
export function unknownService(what: string, name: string, known: readonly string[]): UnknownServiceError {
  const near = nearestName(name, known);
  return new UnknownServiceError(
    `${what}: there is no provider of that name${near ? `; did you mean "${near}"?` : "."} Known: ${known.join(", ") || "none"}`,
  );
}
