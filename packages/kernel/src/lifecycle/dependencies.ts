import { NotRunningError } from "../errors/errors.ts";
import type { Resource } from "../scope.ts";
import type { Service } from "../service.ts";
import { cellOf, isService } from "./cell-of.ts";
import { childName, notAService } from "./child-name.ts";
import { type Owner, reasonBelow } from "./owner.ts";
import type { ServiceCell } from "./service-cell.ts";
import type { ServiceRun } from "./service-run.ts";
import { tell } from "./start-failure.ts";
import { waitFor } from "./wait-graph.ts";

/** Outer level in sequence, inner level together. */
export type Dependencies = readonly (Service | readonly Service[])[];

/**
 * Starts what the service of `run` depends on: the outer level in sequence, the inner level together, begun in listed
 * order. Each is held as one of the oldest resources of the dependant.
 *
 * (facet's dependencies: shared by all dependants, started by the first and stopped with the last.)
 */
export async function startDependencies(run: ServiceRun, dependencies: Dependencies): Promise<void> {
  const levels = dependencies.map((level) => cellsOf(run, level));
  const begun: ServiceCell[] = [];
  run.dependencies = begun;
  for (const level of levels) {
    begun.push(...level);
    await Promise.all(level.map((dependency) => startDependency(run, dependency)));
    if (run.stopping) return;
  }
}

/** @throws TypeError `PAWL_BAD_OPTION` */
function cellsOf(run: ServiceRun, level: Service | readonly Service[]): readonly ServiceCell[] {
  const members: readonly unknown[] = Array.isArray(level) ? level : [level];
  return members.map((member) => {
    if (!isService(member)) throw notAService(`${run.path}.dependencies`, member);
    return cellOf(member);
  });
}

async function startDependency(run: ServiceRun, dependency: ServiceCell): Promise<void> {
  const { cell, core } = run;
  const { wiring } = core;
  // A provider is only put in order: it belongs to the kernel whoever depends on it.
  const provider = wiring?.entryOf(dependency.service);
  if (wiring && provider) await waitFor(cell, provider, () => wiring.ensureStarted(provider));
  else await waitFor(cell, dependency, () => hold(run, dependency));
  await untilRestarted(run, dependency);
  if (run.stopping || dependency.state === "running") return;
  throw new NotRunningError(
    `${run.path}: its dependency ${dependency.path} is ${dependency.state}; start it first, or leave it out of dependencies`,
    { path: run.path },
  );
}

/** Waits for a dependency that is being restarted, at most for the start timeout: what crashes together comes up together. */
async function untilRestarted(run: ServiceRun, dependency: ServiceCell): Promise<void> {
  const { restart } = dependency;
  // In a restart of both they are started in order.
  if (!restart || restart === run.cell.restart) return;
  const { deadlines } = run.core;
  const label = `${run.path}: the restart of ${dependency.path}`;
  await waitFor(run.cell, dependency, () => deadlines.wait(restart.over, run.startTimeout, label).tellInTime());
}

/** Holds a dependency that is no provider: starts it where nobody holds it, else waits for its start. */
async function hold(run: ServiceRun, dependency: ServiceCell): Promise<void> {
  // Being let go by its last holder right now: it is started anew when that is done.
  while (dependency.run?.isLeaving) await dependency.run.over;
  if (run.stopping) return;
  if (!dependency.run || dependency.run.held) {
    const owner = run.core.owner as Owner;
    // Throws an OwnedError where somebody else owns it. How it ends is seen by who holds it, below.
    dependency.start(owner, { name: childName(dependency.service), held: false }).catch(() => {});
  }
  const held = dependency.run as ServiceRun;
  const holders = held.scope.token.holders;
  held.holders.add(run);
  holders.add(run.scope.token);
  const resource: Resource = {
    kind: "dependency",
    label: held.name,
    async release(stop) {
      held.holders.delete(run);
      if (held.holders.size > 0) {
        holders.delete(run.scope.token);
        return;
      }
      await held.stop({ reason: reasonBelow(run.path, stop.reason), failures: stop.failures });
      // It may have failed while the dependant was failing for something else.
      if (held.startError) tell(stop, held.startError);
    },
  };
  run.scope.hold(resource);
  await held.started;
}
