import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("nothing of OpenTelemetry is loaded by an app that is not traced", async () => {
  const program = fileURLToPath(new URL("fixtures/loaded.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program]);
  expect(stdout.trim().split("\n")).toEqual(["by an app: false", "by tracing: true"]);
});
