import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds between two looks. */
const pause = 50;

/** Looks until something is so, or the time is up; gives whether it is. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await delay(pause);
  }
  return true;
}
