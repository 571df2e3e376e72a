import { DevSession } from "../dev/dev-session.ts";
import { moduleFile } from "../run/app-module.ts";
import type { Command } from "./command.ts";
import { note } from "./output.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const dev: Command = {
  name: "dev",
  usage: "<file> [arguments]",
  summary: "runs an app, and again whenever one of its sources changes",
  details: `As \`pawl run\`. On a change the app is stopped as by ^C and has ended before it is run again; one that crashes
is run again with the next change. Watched are the files that it has loaded, those of node_modules aside, and sources
that are added beside them.`,
  options: {},
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  handsOn: true,
  async run({ operands: [file, ...args] }) {
    const session = new DevSession(moduleFile(file as string), args, (text) => note(`pawl dev: ${text}`));
    let asked = 0;
    for (const signal of signals) process.on(signal, () => session.interrupt(++asked > 1));
    return session.run();
  },
};
