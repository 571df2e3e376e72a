import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
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

test("what is built says nothing that the oldest Node does not know", () => {
  const files = globSync("packages/*/dist/**/*.js", { cwd: repository });
  expect(files.length).toBeGreaterThan(10);
  const using = files.filter((file) =>
    /^\s*(await )?using \w+ = /m.test(readFileSync(`${repository}/${file}`, "utf8").replaceAll(/`[^`]*`/g, "")),
  );
  expect(using).toEqual([]);
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
