import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { repository, tool } from "../../../../test/setup/tool.ts";
import { writeLargeProgram } from "./large-program.ts";

// The compiler runs in a process of its own, on a machine that may be busy.
const longest = 120_000;

/** What the compiler says about the program in `folder`; nothing where all is well. */
function compile(folder: string): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tool("typescript/bin/tsc"), "-p", folder, "--incremental", "false", "--pretty", "false"],
    { encoding: "utf8", cwd: repository },
  );
  return { status, said: `${stdout}${stderr}` };
}

describe("A program of its own", () => {
  it(
    "that declares events and services, by the library's name and by its face's, checks as its files say",
    () => {
      const folder = fileURLToPath(new URL("fixtures/declared", import.meta.url));
      expect(compile(folder)).toEqual({ status: 0, said: "" });
    },
    longest,
  );

  it(
    "of 200 services and 500 events checks, and its two mistakes are found",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "pawl-large-program-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      writeLargeProgram(folder, { services: 200, events: 500 });
      const { said } = compile(folder);
      const errors = said.split("\n").filter((line) => line.includes("error TS"));
      expect(errors).toEqual([
        expect.stringMatching(/main\.ts\(9,16\): error TS2345: Argument of type '"service200"' is not assignable/),
        expect.stringMatching(/main\.ts\(10,35\): error TS2322: Type 'number' is not assignable to type 'string'/),
      ]);
    },
    longest,
  );
});
