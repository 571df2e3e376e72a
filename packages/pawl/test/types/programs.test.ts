import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { repository, tool } from "../../../../test/setup/tool.ts";

// The compiler runs in a process of its own, on a machine that may be busy.
const longest = 120_000;

// What one declares would reach the others: each is a program of its own.
test.each(["first-example", "sprag", "undeclared", "many-files", "actions", "messages"])(
  "the program %s checks as its files say, without a cast",
  (name) => {
    const folder = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [tool("typescript/bin/tsc"), "-p", folder, "--incremental", "false", "--pretty", "false"],
      { encoding: "utf8", cwd: repository },
    );
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
  },
  longest,
);
