import type { Resource, Scope } from "../scope.ts";
import type { Service } from "../service.ts";
import { cellOf, isService } from "./cell-of.ts";
import { childName, notAService } from "./child-name.ts";
import { lowerCamelCase } from "./name-set.ts";
import type { Owner, ServiceCell } from "./service-cell.ts";
import { waitFor } from "./wait-graph.ts";

/** Outer level in sequence, inner level together. */
export type Dependencies = readonly (Service | readonly Service[])[];

/**
 * Starts what `cell` depends on: the outer level in sequence, the inner level together, begun in listed order. Each is
 * held as one of the oldest resources of the dependant. Gives up when `interrupted` resolves.
 *
 * (facet's dependencies: shared by all dependants, started by the first and stopped with the last.)
 */
export async function startDependencies(
  cell: ServiceCell,
  scope: Scope,
  dependencies: Dependencies,
  interrupted: Promise<void>,
): Promise<void> {
  const held: ServiceCell[] = [];
  cell.dependencies = held;
  for (const level of dependencies) {
    const members = Array.isArray(level) ? (level as readonly Service[]) : [level as Service];
    const starts = members.map((member) => {
      if (!isService(member)) throw notAService(`${cell.path}.dependencies`, member);
      const dependency = cellOf(member);
      held.push(dependency);
      return startDependency(cell, scope, dependency);
    });
    await Promise.race([Promise.all(starts), interrupted]);
    if (scope.aborted) {
      for (const start of starts) start.catch(() => {});
      return;
    }
  }
}

async function startDependency(cell: ServiceCell, scope: Scope, dependency: ServiceCell): Promise<void> {
  const { core } = cell.owner as Owner;
  // A provider is only put in order: it belongs to the kernel whoever depends on it.
  const provider = core.wiring?.entryOf(dependency.service);
  if (provider) {
    await waitFor(cell, provider, () => (core.wiring as NonNullable<typeof core.wiring>).ensureStarted(provider));
    return;
  }
  const token = scope.token;
  const resource: Resource = {
    kind: "dependency",
    label: dependency.name || lowerCamelCase(dependency.service.constructor.name),
    release(stop) {
      dependency.holders.delete(cell);
      dependency.scope?.token.holders.delete(token);
      if (dependency.holders.size > 0) return undefined;
      return dependency.stop({ reason: { kind: "owner", owner: cell.path }, failures: stop.failures });
    },
  };
  await waitFor(cell, dependency, async () => {
    // Being let go by its last holder right now: it is started again when that is done.
    while (dependency.state === "stopping") await dependency.stop({ reason: { kind: "requested" }, failures: [] });
    const shared = dependency.owner !== undefined && dependency.holders.size > 0;
    if (!shared) {
      // Throws an OwnedError where somebody else owns it.
      const started = dependency.start(core.asOwner, { name: childName(dependency.service, dependency), held: false });
      // Whoever holds it waits for it below.
      started.catch(() => {});
    }
    dependency.holders.add(cell);
    dependency.scope?.token.holders.add(token);
    scope.hold(resource);
    await dependency.started;
    if (!dependency.resolvable) throw dependency.notRunning("dependencies");
  });
}
