import { isInside, runDetached } from "../async-context.ts";
import { NotRunningError, StopError } from "../errors/errors.ts";
import { type KernelCore, unknownService } from "../kernel-core.ts";
import type { ProviderEntry } from "../providers/provider-entry.ts";
import type { StopContext } from "../scope.ts";
import type { ServiceCell } from "./service-cell.ts";
import { abortedStart } from "./start-failure.ts";

/** A provider that is a service, and has started with its kernel. */
type ServiceEntry = ProviderEntry & { readonly cell: ServiceCell };

/**
 * Starts a provider that was stopped, or could not start again. Where it runs or starts already that is its start; where it
 * is stopping it is started after that.
 *
 * @throws UnknownServiceError; NotRunningError; StartError, after the undoing: it stays down, and nothing else does
 */
export function startByName(core: KernelCore, name: string): Promise<void> {
  const entry = serviceEntry(core, "start", name);
  return begin(core, entry, `start("${name}")`, () => start(core, entry));
}

/**
 * Stops a provider and starts it again in its place: it is stopped where it would have been. Nothing else stops. One that
 * is down is started.
 *
 * @throws as {@link startByName}; failures of the stop go to `onError`
 */
export function restartByName(core: KernelCore, name: string): Promise<void> {
  const entry = serviceEntry(core, "restart", name);
  return begin(core, entry, `restart("${name}")`, () => restart(core, entry));
}

/** Begins it as no part of the call that asks for it; a call of the service itself, which would wait for itself, does not wait. */
function begin(core: KernelCore, { name, cell }: ServiceEntry, label: string, fn: () => Promise<void>): Promise<void> {
  const token = cell.scope?.token;
  const inside = token !== undefined && (isInside(token) || core.dispatcher.isDelivering(token));
  const done = runDetached(fn);
  if (!inside) return done;
  done.catch((error: unknown) => core.report(error, { path: name, label }));
  return Promise.resolve();
}

async function start(core: KernelCore, entry: ServiceEntry): Promise<void> {
  const { cell } = entry;
  refuseRestarting(cell);
  while (cell.run?.stopping) {
    await cell.run.over;
    refuseDown(core, "start", entry.name);
  }
  if (cell.run) await cell.run.started;
  else await core.wiring?.startAgain(entry);
}

async function restart(core: KernelCore, entry: ServiceEntry): Promise<void> {
  const { cell } = entry;
  refuseRestarting(cell);
  if (cell.byName) return cell.byName;
  if (!cell.run || cell.state !== "running") return start(core, entry);
  cell.byName = restartInPlace(core, cell);
  return cell.byName;
}

async function restartInPlace(core: KernelCore, cell: ServiceCell): Promise<void> {
  const { path } = cell;
  const stop: StopContext = { reason: { kind: "requested" }, failures: [] };
  // What is set when this returns keeps its place, also where the stop has ended by then.
  await Promise.resolve();
  await cell.stop(stop);
  if (stop.failures.length > 0) core.report(new StopError(path, stop.failures), { path, label: "restart" });
  // Somebody has stopped it meanwhile, or its owner stops.
  if (!cell.byName) throw abortedStart(path);
  cell.byName = undefined;
  refuseRestarting(cell);
  await cell.startAgain();
}

function serviceEntry(core: KernelCore, method: string, name: string): ServiceEntry {
  const call = `${method}("${name}")`;
  core.facts.refuseObserver(method);
  if (!core.providerNames.includes(name)) throw unknownService(call, name, core.providerNames);
  refuseDown(core, method, name);
  const entry = core.wiring?.entry(name);
  if (entry?.up && entry.cell) return entry as ServiceEntry;
  const isLeftOut = !entry?.up;
  const why = isLeftOut
    ? "it was left out of this start; start the kernel with it"
    : "it is a plain value, which starts and stops with the kernel";
  throw new NotRunningError(`${call}: ${why}`, { path: name, isLeftOut });
}

/** @throws NotRunningError where the kernel does not run */
function refuseDown(core: KernelCore, method: string, name: string): void {
  if (core.state === "running") return;
  throw new NotRunningError(
    `${method}("${name}"): ${core.settings.name} is ${core.state}; a provider can be started by its name while the kernel runs`,
    { path: name },
  );
}

function refuseRestarting({ restart: underWay, path }: ServiceCell): void {
  if (!underWay) return;
  throw new NotRunningError(`${path}: it has crashed and is being restarted; stop it first, to start it by its name`, {
    path,
  });
}
