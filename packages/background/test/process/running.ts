import { readFileSync } from "node:fs";
import { until } from "../until.ts";

/** Whether a process runs; one that has ended and was not reaped yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Resolves when none of these processes runs. */
export function gone(...pids: readonly number[]): Promise<void> {
  return until(`process ${pids.join(", ")} has ended`, () => !pids.some(isRunning));
}
