import type { Scope, StopContext } from "./scope.ts";

/** Releases one resource as a step of a stop: bounded, its failure told, with facts around it. */
export async function release(scope: Scope, label: string, stop: StopContext, fn: () => unknown): Promise<void> {
  const { clock, facts } = scope.core;
  const began = clock.now();
  const { path } = scope;
  facts.record("release.started", { path, label });
  const failuresBefore = stop.failures.length;
  await scope.step({ kind: "release", label }, stop, fn);
  const failed = stop.failures.length > failuresBefore ? { error: stop.failures.at(-1) } : {};
  facts.record("release.ended", { path, label, ms: clock.now() - began, ...failed });
}
