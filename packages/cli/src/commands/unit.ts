import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { loadApp, moduleFile, startedAs } from "../run/app-module.ts";
import { isAtHome, systemdUnit } from "../unit/systemd-unit.ts";
import { type Command, textOption } from "./command.ts";
import { note, print } from "./output.ts";

export const unit: Command = {
  name: "unit",
  usage: "<file> [arguments]",
  summary: "prints a hardened systemd unit that runs an app",
  details: `What stands behind the file goes to the app when the unit runs it. The module is loaded for the name of the app and
for the time that its stop may take; nothing is started.`,
  options: {
    user: { type: "string", value: "name", help: "who runs it; without it a user that exists while it runs" },
    "environment-file": { type: "string", value: "file", help: "where its variables are: /etc/<app>.env" },
  },
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  handsOn: true,
  async run(invocation) {
    const [file, ...args] = invocation.operands;
    const path = moduleFile(file as string);
    const pawl = realpathSync(process.argv[1] as string);
    startedAs(path, args);
    const app = await loadApp(path);
    const name = app.name.replace(/[^\w-]+/g, "-");
    const command = [process.execPath, ...process.execArgv, pawl, "run", path, ...args];
    print(
      systemdUnit({
        name,
        command,
        directory: dirname(path),
        shutdownTimeoutMs: app.inspect().shutdownTimeoutMs ?? 25_000,
        user: textOption(invocation, "user"),
        environmentFile: textOption(invocation, "environment-file") ?? `/etc/${name}.env`,
      }),
    );
    const hidden = [process.execPath, pawl, path].filter(isAtHome);
    if (hidden.length > 0) {
      note(
        `pawl unit: other users can rarely read what is in a home; install it elsewhere, or give --user:\n  ${hidden.join("\n  ")}`,
      );
    }
    return 0;
  },
};
