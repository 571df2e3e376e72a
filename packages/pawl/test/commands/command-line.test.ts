import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("pawl", () => {
  test("lists its commands", async () => {
    using place = new Workplace();
    const { code, stdout } = await place.run("help");
    expect(stdout).toMatchSnapshot();
    expect(code).toBe(0);
  });

  test("without a command says how it is called, and that this was wrong", async () => {
    using place = new Workplace();
    const { code, stdout, stderr } = await place.run();
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: pawl <command>");
  });

  test("says which version it is", async () => {
    using place = new Workplace();
    const { code, stdout } = await place.run("--version");
    expect([code, stdout]).toEqual([0, `${manifest.version}\n`]);
  });

  test("names the command that was probably meant", async () => {
    using place = new Workplace();
    const { code, stderr } = await place.run("rum");
    expect(code).toBe(2);
    expect(stderr).toBe(
      'pawl: there is no command "rum"; did you mean "run"? `pawl help` lists them (PAWL_CLI_USAGE)\n',
    );
  });

  test.each([
    [["new"], "pawl new: something is missing. Usage: pawl new <directory>"],
    [["new", "a", "b"], 'pawl new: "b" is too much. Usage: pawl new <directory>'],
    [["new", "--force", "a"], "pawl new: Unknown option '--force'. See `pawl new --help`"],
    [["unit", "--user"], "pawl unit: Option '--user <value>' argument missing. See `pawl unit --help`"],
    [["run", "nowhere.ts"], "there is no file"],
    [["help", "rum"], 'there is no command "rum"'],
  ])("does not take %j for what it is not", async (args, message) => {
    using place = new Workplace();
    const { code, stdout, stderr } = await place.run(...args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

const commands = ["ps", "tree", "call", "stop", "restart", "logs", "events", "run", "dev", "new", "unit"];

test.each(commands)("pawl help %s says what --help says behind the command", async (command) => {
  using place = new Workplace();
  const [one, other] = await Promise.all([place.run("help", command), place.run(command, "--help")]);
  expect(one.stdout).toMatchSnapshot();
  expect(other.stdout).toBe(one.stdout);
  expect([one.code, other.code]).toEqual([0, 0]);
});
