import { expect, test, vi } from "vitest";
import { run, type ShopOptions } from "./shop.ts";

vi.setConfig({ testTimeout: 30_000 });

const ended = (args: readonly string[], options?: ShopOptions) =>
  run(new URL("fixtures/ending.ts", import.meta.url), args, options);

test("P1 main() ends the process with the exit code of run(): 0 for a graceful stop", async () => {
  const { code, stdout, stderr } = await ended(["signalled"], { file: "FROM_FILE=1" });
  // What stands in .env is not put into the environment of the process.
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "onStart of it, undefined\n", stderr: "" });
});

test.each([
  ["crashing", "CrashError: it crashed: no stock"],
  ["unwilling", "StartError: it could not start: no route to host"],
])("P1 main() ends the process with 1 where the app is %s, and the error was told once", async (mode, error) => {
  const { code, stderr } = await ended([mode]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${error}\n` });
});

test("P1 main() exits though something that nobody owns would keep the process open", async () => {
  expect(await ended(["holding"])).toMatchObject({ code: 0, stderr: "" });
});

test("P1 main() exits when all that was written has been taken", async () => {
  const { code, stdout } = await ended(["talking"]);
  expect(code).toBe(0);
  expect(stdout.length).toBe(20_000 * 80 + "the last line\n".length);
  expect(stdout.endsWith("the last line\n")).toBe(true);
});

test("C1 options of a schema without JSON Schema are set in code only, and help and errors say so", async () => {
  const { stdout } = await ended(["bare", "--help"]);
  expect(stdout).toContain(
    "bare (Bare)\n  set in code only: its schema has no JSON Schema (for valibot: toStandardJsonSchema)\n\nark (Ark)\n",
  );
  expect(stdout).toMatch(/--ark-every <number> +how often\n +default 2 · env ARK_EVERY\n/);
  // Its JSON Schema does not tell it.
  expect(stdout).toMatch(/--ark-level <high\|low> +default low · env ARK_LEVEL\n/);
  expect(stdout).toMatch(/--ark-zone <text> +env ARK_ZONE\n/);
  const { code, stderr } = await ended(["bare", "--bare-xyz", "3"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--bare-xyz: there is no such flag; the options of bare are set in code only");
});

test("C1 a flag or variable that two sides would take is one line that names both, and exit code 2", async () => {
  const { code, stderr } = await ended(["clash"]);
  const another = "have one name; give the provider or the option another one";
  expect({ code, lines: stderr.split("\n") }).toEqual({
    code: 2,
    lines: [
      "app has not been started:",
      `  --clock-http-port of provider "clockHttp" option "port" and provider "clock" option "httpPort" ${another}`,
      `  --log-level of provider "log" option "level" and the app's own --log-level ${another}`,
      `  PAWL_ONLY of provider "pawl" option "only" and the app's own PAWL_ONLY ${another}`,
      `  --no-clock-loud of provider "no" option "clockLoud" and provider "clock" option "loud" ${another}`,
      expect.stringMatching(/^See node .* --help$/),
      "",
    ],
  });
  expect(await ended(["clash", "-h"])).toMatchObject({ code: 0, stderr: "" });
});

test("C1 a provider that is called as a part of the app has options of its own", async () => {
  const { code, stdout } = await ended(["log", "--log-path", "x", "--log-level", "error"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"path":"x"}\n' });
  // No variable of the app is taken for a misspelt one of the provider.
  const file = "LOG_PATH=x\nLOG_LEVEL=error\n";
  expect(await ended(["log"], { file })).toEqual({ code: 0, stdout: '{"path":"x"}\n', stderr: "" });
});

test("C1 names that flags cannot be made of are refused where there are options, with what to do", async () => {
  const { code, stderr } = await ended(["unnameable"]);
  const why = "flags and variables are made of the letters a to z and of digits";
  expect({ code, lines: stderr.split("\n").slice(0, -2) }).toEqual({
    code: 2,
    lines: [
      "app has not been started:",
      `  provider "größe" has options, and ${why}; give it a name of those, such as "clock"`,
      `  provider "時計" has options, and ${why}; give it a name of those, such as "clock"`,
      `  provider "clock" has an option "zeit.größe", and ${why}; give it a name of those`,
    ],
  });
  expect(await ended(["anyName"])).toMatchObject({ code: 0, stdout: "onStart of 時計, undefined\n" });
});

test("C1 options that no text can stand for have no flag: help and errors say that they are set in code only", async () => {
  const { stdout } = await ended(["dated", "-h"]);
  const [, shown = ""] = /\n\ndated \(Dated\)\n(.*?)\n\n/s.exec(stdout) ?? [];
  expect(shown).toBe(
    [
      "  --dated-until <value>         required · env DATED_UNTIL",
      "  --dated-either <text>         env DATED_EITHER",
      "  since                         When it began",
      "                                required · set in code only",
      "  days                          set in code only",
      "  window.size                   set in code only",
    ].join("\n"),
  );
  const { code, stderr } = await ended(["dated", "--dated-window-size", "3", "--dated-until", "2026-01-01"]);
  expect(code).toBe(2);
  expect(stderr).toContain("  --dated-window-size: there is no such flag; dated.window.size is set in code only\n");
  expect(stderr).toMatch(/^ {2}dated\.since: .* \(not given; it is set in code only\)$/m);
  expect(stderr).not.toContain("dated.until");
});

test("C1 a schema that itself fails is told with the other mistakes", async () => {
  const { code, stderr } = await ended(["failing", "--surplus"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--surplus: there is no such flag");
  expect(stderr).toMatch(/^ {2}options of it: its schema failed: no dictionary$/m);
});

test("C1 options of a provider that a chosen one needs are exit code 2, with --check and without", async () => {
  const given = ["needing", "--only", "holder", "--needed-size", "big"];
  expect(await ended([...given, "--check"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("needed.size: "),
  });
  expect(await ended(given)).toMatchObject({ code: 2, stderr: expect.stringContaining("needed.size: ") });
  const missing = await ended(["needing", "--only", "holder"]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("needed.key: ") });
});

test("C1 help does not wait for a schema that answers later", async () => {
  const { code, stdout } = await ended(["asynchronous", "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("--it-zone <text>");
});

test("C1 options are validated once for a start by main()", async () => {
  expect(await ended(["slow"])).toMatchObject({ code: 0, stdout: "validated\n" });
  expect(await ended(["slow", "--check"])).toMatchObject({
    stdout: "validated\napp: all options fit. It would start it\n",
  });
});
