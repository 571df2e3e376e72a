import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("@pawl/http/client loads nothing of the server half", async () => {
  const program = fileURLToPath(new URL("fixtures/loaded.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program]);
  const [first, ...loaded] = stdout.trim().split("\n");
  expect(first).toBe("function function");
  expect(loaded).toContain("@pawl/http/client");
  expect(loaded.filter((name) => /hono|node:(http|net)|^awilix/.test(name))).toEqual([]);
  const ofHttp = loaded.filter((name) => name.startsWith("http/"));
  expect(
    ofHttp.filter((name) => !/^http\/src\/(client\/|actions\/(timeout-header|left-out-reason))/.test(name)),
  ).toEqual([]);
});
