import { ActionTimeoutError, PawlError } from "@pawl/kernel";
import { callAction, type Target, Unreachable, usualPatience } from "../control/control-client.ts";
import { type AppStatus, findApp, isAddress, means, runningApps, statusOf } from "../control/running-apps.ts";
import { waitUntil } from "../control/wait-until.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print } from "./output.ts";

/** Milliseconds that an app has to come up again after it has stopped. */
const startPatience = 60_000;

export const restart: Command = {
  name: "restart",
  usage: "[app] [service]",
  summary: "stops and starts an app, or one service of it",
  details: `The process stays the same: what has changed in the sources is not loaded anew. One word alone is the app of that
name where such one runs, else the service.`,
  options: jsonOption,
  operands: { min: 0, max: 2 },
  async run({ operands, options }) {
    const { which, service } = await read(operands);
    const target = await findApp(which);
    const before = await statusOf(target);
    const { name, pid } = before;
    if (service !== undefined) {
      await callAction(target, "pawl.restart", { service });
      const again = { name, pid, service, state: "running" };
      print(options["json"] ? JSON.stringify(again) : `${service} of ${target.label} runs again`);
      return 0;
    }
    await callAction(target, "pawl.restart", undefined, usualPatience);
    const isBack = () => runsSince(target, before);
    if (!(await waitUntil(isBack, before.shutdownTimeoutMs + startPatience))) {
      throw new PawlError("PAWL_CONTROL_UNREACHABLE", `${target.label} has not come up again; see its log`);
    }
    print(options["json"] ? JSON.stringify({ name, pid, status: "alive" }) : `${target.label} runs again`);
    return 0;
  },
};

async function read([first, second]: readonly string[]): Promise<{ which?: string; service?: string }> {
  if (first === undefined) return {};
  if (second !== undefined) return { which: first, service: second };
  const apps = isAddress(first) ? [] : await runningApps();
  const isApp = isAddress(first) || apps.some(means(first));
  return isApp ? { which: first } : { service: first };
}

async function runsSince(target: Target, before: AppStatus): Promise<boolean> {
  try {
    const { state, aliveSince } = await statusOf(target);
    return state === "running" && aliveSince > before.aliveSince;
  } catch (error) {
    if (error instanceof Unreachable || error instanceof ActionTimeoutError) return false;
    throw error;
  }
}
