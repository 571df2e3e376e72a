import { snapshotLines } from "@pawl/diagnostics";
import type { KernelSnapshot } from "@pawl/kernel";
import { callAction, usualPatience } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import { withoutAdmin } from "../logs/without-admin.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print } from "./output.ts";

export const tree: Command = {
  name: "tree",
  usage: "[app]",
  summary: "shows what an app holds: services, what they do, what they wait for",
  details: `Services stand in the order in which they have started; they stop the other way round. With --json it is all of what
inspect() gives.`,
  options: {
    all: { type: "boolean", help: "with the services of Pawl itself, which administer the app" },
    ...jsonOption,
  },
  operands: { min: 0, max: 1 },
  async run({ operands: [which], options }) {
    const target = await findApp(which);
    const snapshot = (await callAction(target, "pawl.tree", undefined, usualPatience)) as KernelSnapshot;
    if (options["json"]) print(JSON.stringify(snapshot));
    else print(snapshotLines(options["all"] ? snapshot : withoutAdmin(snapshot), Date.now()).join("\n"));
    return 0;
  },
};
