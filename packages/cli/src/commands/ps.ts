import { wholeSeconds } from "@pawl/diagnostics";
import { type RunningApp, runningApps } from "../control/running-apps.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print, printLines, table } from "./output.ts";

export const ps: Command = {
  name: "ps",
  usage: "",
  summary: "lists the apps that run on this machine",
  details: "They are those of this user that were started by main(), or with `control: true`.",
  options: jsonOption,
  operands: { min: 0, max: 0 },
  async run({ options }) {
    const apps = await runningApps();
    if (options["json"]) print(JSON.stringify(apps.map(asJson)));
    else if (apps.length === 0) print("no app runs here");
    else printLines(table(["NAME", "PID", "STATE", "UPTIME", "ADDRESSES"], apps.map(asRow)));
    return 0;
  },
};

function asRow({ name, pid, status }: RunningApp): readonly string[] {
  if (!status) return [name, String(pid), "does not answer", "", ""];
  return [name, String(pid), status.state, wholeSeconds(status.uptimeMs), status.addresses.join(" ")];
}

function asJson({ name, pid, status, target }: RunningApp): object {
  return { name, pid, socket: target.socketPath, ...status };
}
