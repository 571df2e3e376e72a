import { compilePattern } from "@pawl/kernel/extend";
import { followApp } from "../control/follow-app.ts";
import { means, runningApps } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { localApp } from "./local-app.ts";
import { note, print, printLines } from "./output.ts";

export const events: Command = {
  name: "events",
  usage: "[-f] [pattern] [app]",
  summary: "shows the events of an app as they are emitted",
  details: `  pawl events -f 'order:*'        one segment behind order
  pawl events -f '**' shop        everything
Watching changes nothing for the app. Where it emits faster than this can be read, events are left out, and how many is
told. Without -f it ends with the app.`,
  options: {
    follow: { type: "boolean", short: "f", help: "keeps following, across restarts of the app, until ^C" },
    ...jsonOption,
  },
  operands: { min: 0, max: 2 },
  async run({ operands, options }) {
    const { pattern, which } = await read(operands);
    refuseNoPattern(pattern);
    await followApp(await localApp(which, "events"), {
      path: () => `/events?pattern=${encodeURIComponent(pattern)}`,
      onLine(line, kind) {
        if (kind === "dropped")
          note(`pawl events: ${(JSON.parse(line) as { dropped: number }).dropped} events were left out`);
        else if (options["json"]) print(line);
        else printLines([inWords(line)]);
      },
      keepsOn: options["follow"] === true,
      onAttached: ({ target }) => note(`pawl events: attached to ${target.label}, events ${pattern}`),
      tell: (text) => note(`pawl events: ${text}`),
    });
    return 0;
  },
};

/** @throws UsageError */
function refuseNoPattern(pattern: string): void {
  try {
    compilePattern(pattern);
  } catch (error) {
    throw new UsageError(`pawl events: ${(error as Error).message}`);
  }
}

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
