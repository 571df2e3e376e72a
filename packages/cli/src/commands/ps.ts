import { wholeSeconds } from "@pawl/diagnostics";
import { type RunningApp, runningApps } from "../control/running-apps.ts";
import { type Command, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { type NatsInstance, natsInstances } from "./nats-instances.ts";
import { print, printLines, table } from "./output.ts";

export const ps: Command = {
  name: "ps",
  usage: "",
  summary: "lists the apps that run on this machine",
  details:
    "They are those of this user that were started by main(), or with `control: true`. With --nats they are those that\nanswer at a NATS server with a NatsActions service, on whichever machine.",
  options: {
    ...jsonOption,
    nats: { type: "string", value: "url", help: "ask a NATS server instead: nats://127.0.0.1:4222" },
  },
  operands: { min: 0, max: 0 },
  async run(invocation) {
    const { options } = invocation;
    const url = textOption(invocation, "nats");
    if (url !== undefined) {
      const found = await natsInstances(url);
      if (options["json"]) print(JSON.stringify(found));
      else if (found.length === 0) print("no app answers there");
      else printLines(table(["NAME", "HOST", "PID", "STATE", "UPTIME", "ADDRESS"], found.map(asNatsRow)));
      return 0;
    }
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

function asNatsRow({ name, host, pid, state, since, url }: NatsInstance): readonly string[] {
  return [name, host, String(pid), state, wholeSeconds(Math.max(0, Date.now() - Date.parse(since))), url ?? ""];
}

function asJson({ name, pid, status, target }: RunningApp): object {
  return { name, pid, socket: target.socketPath, ...status };
}
