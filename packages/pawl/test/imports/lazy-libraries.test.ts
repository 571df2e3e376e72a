import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

async function linesOf(fixture: string): Promise<string[]> {
  const program = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program]);
  return stdout.trim().split("\n");
}

test("awilix is loaded when the first class or factory needs it, not before", async () => {
  expect(await linesOf("loaded")).toEqual(["instances only: false", "with a class: true"]);
});

test("pino is loaded with the first line that is written, not before", async () => {
  expect(await linesOf("pino")).toEqual([
    "with a logger of its own: false",
    "without a line: false",
    "with a line: true",
  ]);
});

test("importing pawl loads no Hono but its templates, and nothing of Node that is dear, before a server starts", async () => {
  const lines = await linesOf("imported");
  const [imported, headless, serving] = lines.map((line) => line.replace(/^.*: /, "").split(" "));
  expect(imported).toEqual(["croner", "eventemitter3", "hono/html"]);
  expect(headless).toEqual(imported);
  expect(serving).toEqual(expect.arrayContaining(["@hono/node-server", "crypto", "hono", "http", "http2"]));
});
