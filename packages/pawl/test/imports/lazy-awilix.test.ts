import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("awilix is loaded when the first class or factory needs it, not before", async () => {
  const program = fileURLToPath(new URL("fixtures/loaded.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program]);
  expect(stdout.trim().split("\n")).toEqual(["instances only: false", "with a class: true"]);
});
