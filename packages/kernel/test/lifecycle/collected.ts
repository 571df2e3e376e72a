import { setImmediate as nextTurn } from "node:timers/promises";

declare const gc: (() => void) | undefined;

/** Collects garbage, after everything that was only a promise away is done. */
export async function collectGarbage(): Promise<void> {
  if (typeof gc !== "function") throw new Error("the tests run with --expose-gc");
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    gc();
  }
}

/** Those of the things behind `refs` that are still there after a few collections, by name. */
export async function uncollected(refs: Readonly<Record<string, WeakRef<object>>>): Promise<string[]> {
  const left = () => Object.keys(refs).filter((name) => refs[name]?.deref() !== undefined);
  // A collection may find what the one before it has only loosened.
  for (let i = 0; i < 5 && left().length > 0; i++) await collectGarbage();
  return left();
}
