import { describe } from "./call.ts";
import { messageOf } from "./errors/errors.ts";
import { RaisedWarning, type WarningSnapshot, warningsOf } from "./health/warning.ts";
import type { KernelCore } from "./kernel-core.ts";
import { isService } from "./lifecycle/cell-of.ts";
import type { ServiceCell } from "./lifecycle/service-cell.ts";
import type { State } from "./lifecycle/state.ts";
import type { Activity, Scope, StartUnderWay } from "./scope.ts";
import type { WaitSnapshot } from "./stop-waits.ts";

/** What one activity is and has done so far. */
export interface ActivitySnapshot {
  readonly kind: string;
  readonly label: string;
  readonly [figure: string]: unknown;
}

/** One call of user code that has not settled. */
export interface CallSnapshot {
  /** `interval "collect"`, `onStart` … */
  readonly what: string;
  /** How long it has been in flight, in milliseconds. */
  readonly ms: number;
}

/** Something held, newest last. */
export interface ResourceSnapshot {
  readonly kind: string;
  readonly label: string;
}

/** One service, with everything below it. */
export interface ServiceSnapshot {
  readonly name: string;
  readonly path: string;
  readonly className: string;
  readonly state: State;
  /** When its run began, ISO 8601. */
  readonly since?: string;
  /** How long its last start took, in milliseconds. */
  readonly startMs?: number;
  /** Of its last crash or failed start. */
  readonly lastError?: string;
  /** How often its owner has started it again, after a crash of its own or with others. */
  readonly restarts: number;
  /** When it is started again, ISO 8601, where it waits for that. */
  readonly nextStartAt?: string;
  /** Where its class has some: what the schema has made of them, secrets as `••••`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Where it has raised some. */
  readonly warnings?: readonly WarningSnapshot[];
  /** What packages show of it, by their names. */
  readonly figures?: Readonly<Record<string, unknown>>;
  readonly activities: readonly ActivitySnapshot[];
  readonly inFlight: readonly CallSnapshot[];
  /** In the order in which they were taken; released the other way round. */
  readonly resources: readonly ResourceSnapshot[];
  readonly children: readonly ServiceSnapshot[];
  /** Paths of the services that it holds as dependencies. */
  readonly dependencies: readonly string[];
}

/** A kernel and everything that it holds. */
export interface KernelSnapshot {
  readonly name: string;
  readonly state: State;
  /** How long a whole stop may take. */
  readonly shutdownTimeoutMs: number;
  /** In the order in which they started; those still starting last. */
  readonly services: readonly ServiceSnapshot[];
  /** Providers that are services and are down, while the kernel is up. */
  readonly down: readonly string[];
  /** Plain values among the providers. */
  readonly values: readonly string[];
  /** What is starting and is no service yet: factories under way. */
  readonly starting: readonly StartUnderWay[];
  /** Whom the stops under way wait for. */
  readonly waits: readonly WaitSnapshot[];
  /** What the kernel itself does: the listeners of `kernel.bus`. They are there while it is down, too. */
  readonly activities: readonly ActivitySnapshot[];
  readonly inFlight: readonly CallSnapshot[];
  /** Event names that somebody listens to, patterns left out. */
  readonly events: readonly string[];
}

export function inspectKernel(core: KernelCore): KernelSnapshot {
  return {
    name: core.settings.name,
    state: core.state,
    shutdownTimeoutMs: core.settings.shutdownTimeout,
    services: core.scope ? servicesOf(core.scope, new Set()) : [],
    down: core.state === "running" ? downProviders(core) : [],
    values: [...(core.wiring?.entries ?? [])]
      .filter((entry) => entry.resolvable && !isService(entry.value))
      .map(({ name }) => name),
    starting: [...(core.scope?.starting ?? [])].filter(({ cell }) => !cell).map((starting) => starting.deepest()),
    waits: core.waits.inspect(),
    activities: core.dispatcher.kernelListeners.map((listener) => inspectActivity(listener)),
    inFlight: core.scope ? callsOf(core.scope) : [],
    events: core.dispatcher.names,
  };
}

function downProviders(core: KernelCore): string[] {
  const down = (cell: ServiceCell | undefined) => cell && cell.run === undefined && !cell.restart;
  return [...(core.wiring?.entries ?? [])].filter(({ started, cell }) => started && down(cell)).map(({ name }) => name);
}

/** The services that a scope holds, dependencies that nobody above has shown included. */
function servicesOf(scope: Scope, shown: Set<ServiceCell>): ServiceSnapshot[] {
  const found: ServiceSnapshot[] = [];
  for (const resource of scope.resources) {
    if (!resource.cell) continue;
    if (scope.isOfKernel) for (const dependency of dependenciesOf(resource.cell)) show(dependency, found, shown);
    if (resource.kind === "child") show(resource.cell, found, shown);
  }
  for (const starting of scope.starting) if (starting.cell) show(starting.cell, found, shown);
  return found;
}

/** Every dependency below a service, the deepest first: they belong to the kernel and stand at the top of the tree. */
function* dependenciesOf(cell: ServiceCell): Generator<ServiceCell> {
  for (const dependency of cell.run?.dependencies ?? []) {
    yield* dependenciesOf(dependency);
    if (!dependency.run?.owner.run) yield dependency;
  }
  for (const resource of cell.scope?.resources ?? [])
    if (resource.kind === "child" && resource.cell) yield* dependenciesOf(resource.cell);
}

function show(cell: ServiceCell, found: ServiceSnapshot[], shown: Set<ServiceCell>): void {
  if (shown.has(cell)) return;
  shown.add(cell);
  found.push(inspectService(cell));
}

/** What one service holds, and all below it, unless that is left out. */
export function inspectService(cell: ServiceCell, withChildren = true): ServiceSnapshot {
  const { scope, figures } = cell;
  const warnings = scope ? warningsOf(scope) : [];
  return {
    name: cell.name,
    path: cell.path,
    className: cell.service.constructor.name,
    state: cell.state,
    ...(cell.since === undefined ? {} : { since: new Date(cell.since).toISOString() }),
    ...(cell.startMs === undefined ? {} : { startMs: cell.startMs }),
    ...(cell.lastError === undefined ? {} : { lastError: messageOf(cell.lastError) }),
    restarts: cell.restarts,
    ...(cell.nextStartAt === undefined ? {} : { nextStartAt: new Date(cell.nextStartAt).toISOString() }),
    ...(cell.options ? { options: cell.options.shown() } : {}),
    ...(warnings.length > 0 ? { warnings: warnings.map((warning) => warning.inspect()) } : {}),
    ...(figures ? { figures: Object.fromEntries([...figures].map(([name, read]) => [name, read()])) } : {}),
    activities: scope ? activitiesOf(scope) : [],
    inFlight: scope ? callsOf(scope) : [],
    resources: scope ? [...scope.resources].map(({ kind, label }) => ({ kind, label })) : [],
    children: scope && withChildren ? servicesOf(scope, new Set()) : [],
    dependencies: (cell.run?.dependencies ?? []).map(({ path }) => path),
  };
}

function activitiesOf(scope: Scope): ActivitySnapshot[] {
  return [...scope.activities].flatMap((activity) =>
    activity instanceof RaisedWarning ? [] : [inspectActivity(activity)],
  );
}

function inspectActivity(activity: Activity): ActivitySnapshot {
  return { kind: activity.kind, label: activity.label, ...activity.inspect() };
}

function callsOf(scope: Scope): CallSnapshot[] {
  const now = scope.core.clock.now();
  return [...scope.calls].map((call) => ({ what: describe(call.spec), ms: Math.round(now - call.startedAt) }));
}
