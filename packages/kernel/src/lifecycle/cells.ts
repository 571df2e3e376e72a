import type { KernelCore } from "../kernel-core.ts";
import type { ServiceCell } from "./service-cell.ts";

/** A service of a kernel, and whether the kernel is not ready without it. */
export interface FoundCell {
  readonly cell: ServiceCell;
  readonly required: boolean;
}

/**
 * Every service of a kernel, owners before what they own: providers, those that are down included unless they were left out
 * of the start; controllers; dependencies; children.
 */
export function* cellsOf(core: KernelCore): Generator<FoundCell> {
  const seen = new Set<ServiceCell>();
  function* below(cell: ServiceCell, owner: boolean): Generator<FoundCell> {
    if (seen.has(cell)) return;
    seen.add(cell);
    const required = owner && cell.required;
    yield { cell, required };
    for (const dependency of cell.run?.dependencies ?? []) yield* below(dependency, owner);
    for (const child of cell.scope?.children ?? []) yield* below(child, required);
    for (const { cell: child } of cell.scope?.starting ?? []) if (child) yield* below(child, required);
  }
  for (const { cell, started } of core.wiring?.entries ?? []) if (cell && started) yield* below(cell, true);
  for (const cell of core.scope?.children ?? []) yield* below(cell, true);
  for (const { cell } of core.scope?.starting ?? []) if (cell) yield* below(cell, true);
}
