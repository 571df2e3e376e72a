import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { realTurn } from "./real-time.ts";

const rounds = 10;
let collect: (() => void) | undefined;

/**
 * Whether everything that `make` gives is garbage-collected once it is let go: an object, or several in an array. Works
 * with and without `--expose-gc`.
 *
 * @example
 * await isCollected(async () => {
 *   const kernel = await new Kernel({ providers: { metrics: new Metrics() } }).start();
 *   await kernel.stop();
 *   return [kernel, kernel.bus];
 * });
 */
export async function isCollected(make: () => object | Promise<object>): Promise<boolean> {
  const targets = await weakly(make);
  for (let round = 0; round < rounds; round++) {
    // A weak reference holds its target until the turn in which it was made or read has ended.
    await realTurn();
    collectGarbage();
    if (targets.every((target) => target.deref() === undefined)) return true;
  }
  return false;
}

/** Collects all garbage now. */
export function collectGarbage(): void {
  if (!collect) {
    if (!globalThis.gc) setFlagsFromString("--expose-gc");
    collect = (globalThis.gc ?? runInNewContext("gc")) as () => void;
  }
  collect();
}

// A function of its own, so that no frame that waits for the collection holds a target.
async function weakly(make: () => object | Promise<object>): Promise<readonly WeakRef<object>[]> {
  const made = await make();
  return (Array.isArray(made) ? made : [made]).map((target: object) => new WeakRef(target));
}
