import { formatDuration, PawlError } from "@pawl/kernel";
import { callAction, type Target, Unreachable, usualPatience } from "../control/control-client.ts";
import { isAlive } from "../control/control-directory.ts";
import { findApp, statusOf } from "../control/running-apps.ts";
import { waitUntil } from "../control/wait-until.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { note, print } from "./output.ts";

/** Above `shutdownTimeout`, after which an app exits by itself. Milliseconds. */
const grace = 5_000;

/** After which it is told that it takes longer. Milliseconds. */
const usualStop = 2_000;

export const stop: Command = {
  name: "stop",
  usage: "[app]",
  summary: "stops an app as ^C does, and waits until it has",
  details: "",
  options: jsonOption,
  operands: { min: 0, max: 1 },
  async run({ operands: [which], options }) {
    const target = await findApp(which);
    const { name, pid, shutdownTimeoutMs } = await statusOf(target);
    await callAction(target, "pawl.shutdown", undefined, usualPatience);
    const patience = shutdownTimeoutMs + grace;
    const hasStopped = () => isGone(target, pid);
    if (!(await waitUntil(hasStopped, usualStop))) {
      note(`${target.label} is stopping; it may take ${formatDuration(shutdownTimeoutMs)}`);
    }
    if (!(await waitUntil(hasStopped, patience))) {
      throw new PawlError(
        "PAWL_CONTROL_REFUSED",
        `${target.label} still runs ${patience / 1_000} s after it was told to stop; see pawl tree, or end process ${pid}`,
      );
    }
    print(options["json"] ? JSON.stringify({ name, pid, status: "dead" }) : `${target.label} has stopped`);
    return 0;
  },
};

/** The process itself has ended; of one that is elsewhere, nobody answers any more. */
async function isGone(target: Target, pid: number): Promise<boolean> {
  if (target.socketPath !== undefined) return !isAlive(pid);
  try {
    await statusOf(target);
    return false;
  } catch (error) {
    return error instanceof Unreachable;
  }
}
