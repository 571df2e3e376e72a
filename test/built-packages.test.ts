import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { repository } from "./setup/tool.ts";

const run = promisify(execFile);
const node = (...args: readonly string[]) => run(process.execPath, [...args], { cwd: repository, encoding: "utf8" });

test("the threads of built packages find where they begin", async () => {
  expect(inject("buildErrors")).toBe("");
  const { stdout } = await node(`${repository}/test/fixtures/threads.ts`);
  expect(stdout.trim().split("\n")).toEqual(["worker: HELLO", "watchdog: blocked"]);
});

test("the built command knows its version", async () => {
  const { version } = JSON.parse((await node("-p", 'JSON.stringify(require("./packages/cli/package.json"))')).stdout);
  const { stdout } = await node(`${repository}/packages/pawl/dist/bin.js`, "--version");
  expect(stdout).toContain(version);
});

test("a stack of built code leads to the sources", async () => {
  const program = `
    import { Kernel } from "@pawl/kernel";
    try { new Kernel({ name: "a/b" }); } catch (error) { console.log(error.stack); }
  `;
  const { stdout } = await node("--enable-source-maps", "--input-type=module", "--eval", program);
  expect(stdout).toMatch(/packages\/kernel\/src\/lifecycle\/name-set\.ts:\d+/);
});
