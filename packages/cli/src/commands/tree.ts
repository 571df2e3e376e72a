import { snapshotLines } from "@pawl/diagnostics";
import type { DiagramFormat, KernelSnapshot } from "@pawl/kernel";
import { describeSnapshot } from "@pawl/kernel/extend";
import { callAction, usualPatience } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import { withoutAdmin } from "../logs/without-admin.ts";
import { type Command, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print, printLines } from "./output.ts";

export const tree: Command = {
  name: "tree",
  usage: "[app]",
  summary: "shows what an app holds: services, what they do, what they wait for",
  details: `Services stand in the order in which they have started; they stop the other way round. With --json it is all of what
inspect() gives.`,
  options: {
    diagram: { type: "string", value: "mermaid|dot", help: "draws it, as text for Mermaid or Graphviz" },
    all: { type: "boolean", help: "with the services of Pawl itself, which administer the app" },
    ...jsonOption,
  },
  operands: { min: 0, max: 1 },
  async run(invocation) {
    const { operands, options } = invocation;
    const format = diagramOf(textOption(invocation, "diagram"));
    const target = await findApp(operands[0]);
    const snapshot = (await callAction(target, "pawl.tree", undefined, usualPatience)) as KernelSnapshot;
    const shown = options["all"] ? snapshot : withoutAdmin(snapshot);
    if (format) print(describeSnapshot(shown, format).trimEnd());
    else if (options["json"]) print(JSON.stringify(snapshot));
    else printLines(snapshotLines(shown, Date.now()));
    return 0;
  },
};

/** @throws UsageError */
function diagramOf(format: string | undefined): DiagramFormat | undefined {
  if (format === undefined || format === "mermaid" || format === "dot") return format;
  throw new UsageError(`pawl tree: --diagram ${format}: it must be mermaid or dot`);
}
