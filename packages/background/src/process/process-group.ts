import { readdirSync, readFileSync } from "node:fs";

/**
 * Whether anything of a process group still runs. What has ended and was not reaped does not count: in a container whose
 * first process reaps nobody's children it stays for good.
 */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    // EPERM: some of it belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return process.platform !== "linux" || runsInGroup(group);
}

function runsInGroup(group: number): boolean {
  try {
    return readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && stateInGroup(pid, group));
  } catch {
    // Without /proc there is only the kernel's word for it.
    return true;
  }
}

function stateInGroup(pid: string, group: number): boolean {
  try {
    // `pid (name) state parent group …`; the name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, , ofGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(ofGroup) === group && state !== "Z" && state !== "X";
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
