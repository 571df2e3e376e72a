import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "./fixtures/vitest.config.ts";

let outcome: Outcome;

// The entry is about tests that fail, so its tests run in a vitest of their own.
beforeAll(async () => {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const folder = await mkdtemp(`${tmpdir()}/pawl-testing-`);
  const where = {
    cwd: fileURLToPath(new URL("./fixtures", import.meta.url)),
    env: { ...process.env, FIXTURE_OUTCOME: `${folder}/outcome.json` },
  };
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, [vitest, "run"], where, (_, stdout, stderr) => resolve(stdout + stderr));
  });
  const text = await readFile(where.env.FIXTURE_OUTCOME, "utf8").catch(() => {
    throw new Error(`vitest gave no outcome: ${said}`);
  });
  await rm(folder, { recursive: true });
  outcome = JSON.parse(text) as Outcome;
}, 60_000);

describe("the vitest entry", () => {
  test.each([
    "a clean test passes",
    "an app that was never started passes",
    "an app that was stopped by hand passes",
    "the test after a forgotten app passes",
    "a stopped app is not held until the end of the test",
    "may be stopped by a hook",
    "first passes",
    "second passes",
    "an app of the file lives through its first test",
    "an app of the file lives through its second test",
  ])("lets be: %s", (title) => {
    expect(outcome[title]).toEqual([]);
  });

  test("fails a test that leaves its app running, and stops the app", () => {
    expect(outcome["a forgotten app fails"]).toEqual([
      'forgotten: the test ended while it was running; it has been stopped now. Make it with "await using", or await its stop()',
    ]);
  });

  test("tells an unseen error beside the failure of the test itself", () => {
    expect(outcome["an unseen error fails beside the failure of the test"]).toEqual([
      expect.stringContaining("expected 1 to be 2"),
      expect.stringContaining('app: listener of "heard": Error: listener broke (it went to onError'),
    ]);
  });

  test.each(["an unseen error of an app that was stopped by hand fails", "an unseen error of a disposed app fails"])(
    "tells: %s",
    (title) => {
      expect(outcome[title]).toEqual([expect.stringContaining('app: listener of "heard": Error: listener broke')]);
    },
  );

  test("tells what was left behind, once", () => {
    expect(outcome["a leak fails"]).toEqual([expect.stringContaining("timer: a forgotten wait, due in 5000 ms")]);
  });

  test("fails a file that leaves an app of its hooks running", () => {
    expect(outcome["file.fixture.ts"]).toEqual([
      expect.stringContaining("forgotten-in-the-file: the file ended while it was running"),
    ]);
    expect(outcome["apps.fixture.ts"]).toEqual([]);
  });
});
