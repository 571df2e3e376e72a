import { loadApp, moduleFile, runApp, startedAs } from "../run/app-module.ts";
import type { Command } from "./command.ts";

export const run: Command = {
  name: "run",
  usage: "<file> [arguments]",
  summary: "runs the app that a module exports",
  details: `The module exports the app by default, or as \`app\`. What stands behind the file goes to the app:
  pawl run main.ts --help     shows what it takes
  pawl run main.ts --check    builds it and checks its options, and starts nothing`,
  options: {},
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  handsOn: true,
  async run({ operands: [file, ...args] }) {
    const path = moduleFile(file as string);
    startedAs(path, args, `pawl run ${file}`);
    return runApp(await loadApp(path), args);
  },
};
