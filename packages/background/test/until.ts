import { setTimeout as delay } from "node:timers/promises";

/** Resolves when `holds`; looks every few milliseconds, for what tells nobody. Fails after `longest` milliseconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, longest = 9_000): Promise<void> {
  const deadline = performance.now() + longest;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${longest} ms`);
    await delay(5);
  }
}
