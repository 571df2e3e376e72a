import { setTimeout as delay } from "node:timers/promises";

/** Resolves when `holds`; looks every few milliseconds, for what tells nobody. Fails after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 9_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 9 s`);
    await delay(5);
  }
}
