import { CycleError } from "../errors/errors.ts";
import { LazySet } from "../lazy-set.ts";
import type { StartUnderWay } from "../scope.ts";

/** Something whose start may wait for the start of others. */
export interface Waiter {
  readonly path: string;
  readonly waitingFor: LazySet<Waiter>;
  /** What its start waits for in the end. */
  deepest(): StartUnderWay;
}

/**
 * Notes that `waiter` waits for `other`; who notes it takes it out of `waitingFor` again.
 *
 * @throws CycleError where `other` already waits for `waiter`, directly or by way of others
 */
export function noteWait(waiter: Waiter, other: Waiter): void {
  // Whoever waits for nobody ends every chain.
  const path = other === waiter || other.waitingFor.size > 0 ? chain(other, waiter) : undefined;
  if (path) throw new CycleError(withoutRepeats([waiter.path, ...path]));
  waiter.waitingFor.add(other);
}

/** Notes that `waiter` waits for `other` while `work` is under way. @throws CycleError as {@link noteWait} */
export async function waitFor<T>(waiter: Waiter, other: Waiter, work: () => Promise<T>): Promise<T> {
  noteWait(waiter, other);
  try {
    return await work();
  } finally {
    waiter.waitingFor.delete(other);
  }
}

function chain(from: Waiter, to: Waiter, seen = new LazySet<Waiter>()): string[] | undefined {
  if (from === to) return [from.path];
  if (from.waitingFor.size === 0 || seen.has(from)) return undefined;
  seen.add(from);
  for (const next of from.waitingFor) {
    const rest = chain(next, to, seen);
    if (rest) return [from.path, ...rest];
  }
  return undefined;
}

// A provider and its service are two waiters of one path.
function withoutRepeats(names: readonly string[]): string[] {
  const [first = "", ...rest] = names.filter((name, i) => i === 0 || name !== names[i - 1]);
  return rest.length > 0 ? [first, ...rest] : [first, first];
}
