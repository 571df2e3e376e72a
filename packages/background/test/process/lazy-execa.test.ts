import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it.each([
  ["nothing", "not loaded\n"],
  ["child", "loaded\n"],
])("execa is loaded for the first child process only: %s", { timeout: 20_000 }, async (what, said) => {
  const program = new URL("./fixtures/loaded.ts", import.meta.url).pathname;
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program, what], {
    env,
  });
  expect({ stdout, stderr }).toEqual({ stdout: said, stderr: "" });
});
