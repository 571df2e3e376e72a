import { realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { projectFolder } from "../command-line/program.ts";
import { UsageError } from "../errors/command-errors.ts";
import { loadApp, moduleFile, type RunnableApp, refuseArguments, startedAs } from "../run/app-module.ts";
import { isPassing, stableNode } from "../unit/node-path.ts";
import { checkOptions } from "../unit/option-check.ts";
import { isAtHome, systemdUnit } from "../unit/systemd-unit.ts";
import { type Command, textOption } from "./command.ts";
import { note, print } from "./output.ts";

export const unit: Command = {
  name: "unit",
  usage: "<file> [arguments]",
  summary: "prints a hardened systemd unit that runs an app",
  details: `What stands behind the file goes to the app when the unit runs it. The module is loaded for the name of the app and
for the time that its stop may take, and checks the arguments as \`pawl run <file> --check\` does; nothing is started.`,
  options: {
    user: { type: "string", value: "name", help: "who runs it; without it a user that exists while it runs" },
    "environment-file": { type: "string", value: "file", help: "where its variables are: /etc/<app>.env" },
  },
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  handsOn: true,
  async run(invocation) {
    const [file, ...args] = invocation.operands;
    const path = moduleFile(file as string);
    refuseNoService(args);
    // Not where links lead: into a store, whose paths change with every version.
    const pawl = resolve(process.argv[1] as string);
    startedAs(path, args, `pawl run ${file}`);
    const app = await loadApp(path);
    const name = app.name.replace(/[^\w-]+/g, "-");
    // Where `npm start` runs it: there are its `.env` and what it names by a relative path.
    const directory = projectFolder(path);
    const environmentFile = textOption(invocation, "environment-file") ?? `/etc/${name}.env`;
    const { code, said } = checkArguments(app, [pawl, "run", relative(directory, path), ...args], {
      args,
      directory,
      environmentFile,
    });
    if (code !== 0) {
      note(
        `${said}pawl unit: the app would not start with these arguments. Variables are those of ${environmentFile}, where it can be read, and of this shell`,
      );
      return code;
    }
    const node = stableNode();
    print(
      systemdUnit({
        name,
        command: [node, ...process.execArgv, pawl, "run", path, ...args],
        directory,
        shutdownTimeoutMs: app.inspect().shutdownTimeoutMs ?? 25_000,
        user: textOption(invocation, "user"),
        environmentFile,
      }),
    );
    if (isPassing(node)) note(`pawl unit: ${node} may be gone one day; install Node for the system, or edit ExecStart`);
    if (textOption(invocation, "user") === undefined && isPrivate(join(directory, ".env"))) {
      note(
        `pawl unit: the user of the unit cannot read ${join(directory, ".env")}, without which the app does not start; move its lines to ${environmentFile}, or give --user`,
      );
    }
    const hidden = [node, pawl, path].filter((file) => [file, realpathSync(file)].some(isAtHome));
    if (hidden.length > 0) {
      note(
        `pawl unit: other users can rarely read what is in a home; install it elsewhere, or give --user:\n  ${hidden.join("\n  ")}`,
      );
    }
    return 0;
  },
};

/** Whether a file is there that not everybody may read. */
function isPrivate(file: string): boolean {
  const { mode } = statSync(file, { throwIfNoEntry: false }) ?? { mode: 0o004 };
  return (mode & 0o004) === 0;
}

/** @throws UsageError for what ends at once */
function refuseNoService(args: readonly string[]): void {
  const ends = args.find((argument) => ["-h", "--help", "--version", "--check"].includes(argument));
  if (ends === undefined) return;
  throw new UsageError(
    `pawl unit: with ${ends} the app starts nothing, which is no service; \`pawl unit --help\` is about the unit`,
  );
}

/** A bare kernel takes no arguments; an app says itself which it takes. */
function checkArguments(
  app: RunnableApp,
  command: readonly string[],
  { args, ...where }: { args: readonly string[]; directory: string; environmentFile: string },
): { code: number; said: string } {
  if (app.main) return checkOptions({ args: command, ...where });
  refuseArguments(app, args);
  return { code: 0, said: "" };
}
