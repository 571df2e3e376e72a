import { follow } from "../control/control-client.ts";
import { findApp, means, runningApps } from "../control/running-apps.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { localTarget } from "./local-target.ts";
import { note, print } from "./output.ts";

export const events: Command = {
  name: "events",
  usage: "[-f] [pattern] [app]",
  summary: "shows the events of an app as they are emitted",
  details: `  pawl events -f 'order:*'        one segment behind order
  pawl events -f '**' shop        everything
Watching changes nothing for the app. Where it emits faster than this can be read, events are left out, and how many is
told.`,
  options: {
    follow: { type: "boolean", short: "f", help: "goes on until the app ends; it always does" },
    ...jsonOption,
  },
  operands: { min: 0, max: 2 },
  async run({ operands, options }) {
    const { pattern, which } = await read(operands);
    const target = localTarget(await findApp(which), "events");
    await follow(target, `/events?pattern=${encodeURIComponent(pattern)}`, (line, kind) => {
      if (kind === "dropped")
        note(`pawl events: ${(JSON.parse(line) as { dropped: number }).dropped} events were left out`);
      else print(options["json"] ? line : inWords(line));
    });
    return 0;
  },
};

/** One word alone is the app of that name where such one runs, else the pattern. */
async function read([first, second]: readonly string[]): Promise<{ pattern: string; which: string | undefined }> {
  if (second !== undefined) return { pattern: first as string, which: second };
  if (first === undefined) return { pattern: "**", which: undefined };
  const apps = await runningApps();
  const isApp = apps.some(means(first));
  return isApp ? { pattern: "**", which: first } : { pattern: first, which: undefined };
}

function inWords(line: string): string {
  const { at, event, payload } = JSON.parse(line) as { at: string; event: string; payload?: unknown };
  return `${at} ${event}${payload === undefined ? "" : ` ${JSON.stringify(payload)}`}`;
}
