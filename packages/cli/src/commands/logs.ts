import { read } from "../control/control-client.ts";
import { followApp } from "../control/follow-app.ts";
import { UsageError } from "../errors/command-errors.ts";
import { prettyLine } from "../logs/pretty-line.ts";
import { type Command, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { localApp } from "./local-app.ts";
import { note, print } from "./output.ts";

/** Lines that an app keeps. */
const mostKept = 200;

export const logs: Command = {
  name: "logs",
  usage: "[-f] [app]",
  summary: "shows the last lines of an app's log, and with -f those that come",
  details:
    'The app keeps its last 200 lines for this. Its level is that of the log: pawl call pawl.logLevel \'{"level":"debug"}\'.',
  options: {
    follow: { type: "boolean", short: "f", help: "keeps following, across restarts of the app, until ^C" },
    lines: { type: "string", short: "n", value: "number", help: "how many of the last lines, 0 to 200: 10" },
    ...jsonOption,
  },
  operands: { min: 0, max: 1 },
  async run(invocation) {
    const { operands, options } = invocation;
    const lines = textOption(invocation, "lines") ?? "10";
    if (!/^\d+$/.test(lines)) throw new UsageError(`pawl logs: --lines ${lines}: it must be a whole number`);
    const app = await localApp(operands[0], "logs");
    const colours = process.stdout.isTTY === true && process.stdout.hasColors();
    const show = (line: string) => print(options["json"] ? line : prettyLine(ofOneApp(line), colours).trimEnd());
    if (!options["follow"]) {
      const text = await read(app.target, `/logs?lines=${lines}`);
      for (const line of text.split("\n")) if (line !== "") show(line);
      return 0;
    }
    await followApp(app, {
      // Of one that has come back, all that it has said so far.
      path: (isBack) => `/logs?follow&lines=${isBack ? mostKept : lines}`,
      onLine(line, kind) {
        if (kind === "dropped")
          note(`pawl logs: ${(JSON.parse(line) as { dropped: number }).dropped} lines were left out`);
        else show(line);
      },
      keepsOn: true,
      onAttached: ({ target }) => note(`pawl logs: attached to ${target.label}`),
      tell: (text) => note(`pawl logs: ${text}`),
    });
    return 0;
  },
};

/** Without what is the same in every line. */
function ofOneApp(line: string): string {
  const { pid: _pid, hostname: _hostname, name: _name, ...rest } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify(rest);
}
