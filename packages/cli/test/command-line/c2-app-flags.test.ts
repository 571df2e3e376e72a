import { describe, expect, test, vi } from "vitest";
import { shop, told } from "./shop.ts";

vi.setConfig({ testTimeout: 30_000 });

const env = { MAILER_USER: "me" };
const help = (text: string) => text.replace(/node \S+shop\.ts/, "node shop.ts");

describe("C1 --help", () => {
  test("shows every option of every provider with help, type, default and variable, and no secret", async () => {
    const { code, stdout, stderr } = await shop(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("swordfish");
    expect(help(stdout)).toMatchInlineSnapshot(`
      "Usage: node shop.ts [options]

      clock (Clock)
        --clock-every <number|text>   How often it ticks, as a duration or in seconds
                                      default 1s · env CLOCK_EVERY
        --[no-]clock-loud             Whether it makes a sound
                                      default false · env CLOCK_LOUD
        --clock-level <low|high>      How loud it is
                                      default low · env CLOCK_LEVEL
        --clock-max-ticks <integer>   default 20 · env CLOCK_MAX_TICKS
        --clock-offset <number>       default 0 · env CLOCK_OFFSET
        --clock-tags <text,…>         What it is filed under
                                      default none · more than once, or with commas ·
                                      env CLOCK_TAGS
        --clock-ports <integer,…>     default none · more than once, or with commas ·
                                      env CLOCK_PORTS
        --clock-http-port <integer>   Where it can be asked
                                      default 80 · env CLOCK_HTTP_PORT
        --clock-http-host <text>      default localhost · env CLOCK_HTTP_HOST
        --clock-labels <json>         Further names
                                      default {} · env CLOCK_LABELS

      mailer (Mail)
        --mailer-user <text>          Who sends, with a description that is long
                                      enough to be wrapped on a narrow terminal
                                      required · env MAILER_USER
        --mailer-password <text>      default •••• (secret) · env MAILER_PASSWORD

      App
        --only <name,…>               Start these and what they need, and nothing else
                                      without names: list them · env PAWL_ONLY
        --check                       Validate the options, print what would start,
                                      and start nothing
        --version                     Print the versions of the program and of Pawl
        -h, --help                    Print this
      "
    `);
  });

  test("is the same by -h, and whatever else is wrong", async () => {
    const { stdout: long } = await shop(["--help"]);
    expect(await shop(["--nonsense", "-h"])).toEqual({ code: 0, stdout: long, stderr: "" });
  });
});

describe("C2 --only", () => {
  test("starts these and what their constructors need, and nothing else", async () => {
    const { code, stdout } = await shop(["--only", "orderStore,last"], { env });
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual(["mailer", "orderStore", ""]);
  });

  test("can be written more than once, and in the environment", async () => {
    const { stdout } = await shop(["--only=clock", "--only", "last"], { env });
    expect(stdout).toMatch(/^clock .*\n$/);
    const fromEnvironment = await shop([], { env: { ...env, PAWL_ONLY: "clock, last" } });
    expect(fromEnvironment.stdout).toBe(stdout);
    const byFlag = await shop(["--only", "mailer,last"], { env: { ...env, PAWL_ONLY: "clock" } });
    expect(told(byFlag.stdout, "mailer")).toMatchObject({ user: "me" });
    expect(byFlag.stdout).not.toContain("clock");
  });

  test("without names lists the providers", async () => {
    const listed = { code: 0, stdout: "clock\nmailer\norderStore\nlast\n", stderr: "" };
    expect(await shop(["--only"])).toEqual(listed);
    expect(await shop(["--only", "--clock-loud"])).toEqual(listed);
  });

  test("refuses a name that there is not, and says which one is near", async () => {
    const { code, stdout, stderr } = await shop(["--only", "mialer,xyz,clock"], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      '--only: there is no provider "mialer"; did you mean "mailer"? Known: clock, mailer, orderStore, last',
    );
    expect(stderr).toContain('--only: there is no provider "xyz". Known:');
    const { code: second, stderr: variable } = await shop([], { env: { ...env, PAWL_ONLY: "clokc" } });
    expect(second).toBe(2);
    expect(variable).toContain('PAWL_ONLY: there is no provider "clokc"; did you mean "clock"?');
    for (const empty of ["--only=,", "--only="]) {
      expect(await shop([empty], { env })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--only: it names no provider"),
      });
    }
  });

  test("asks nothing of the options of what it leaves out", async () => {
    const { code, stdout } = await shop(["--only", "clock,last"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^clock /);
  });
});

describe("C2 --check", () => {
  test("starts nothing and says what would start", async () => {
    expect(await shop(["--check"], { env })).toEqual({
      code: 0,
      stdout: "shop: all options fit. It would start clock, mailer, orderStore, last\n",
      stderr: "",
    });
    expect((await shop(["--check", "--only", "last"])).stdout).toBe("shop: all options fit. It would start last\n");
  });

  test("with --only says what these need as well, and validates the options of that", async () => {
    const args = ["--check", "--only", "orderStore"];
    expect(await shop(args, { env })).toEqual({
      code: 0,
      stdout: "shop: all options fit. It would start mailer, orderStore\n",
      stderr: "",
    });
    expect(await shop(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("  mailer.user: ") });
  });

  test("exits with 2 where something does not fit", async () => {
    const { code, stdout, stderr } = await shop(["--check"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      "mailer.user: Invalid input: expected string, received undefined (not given; set it by --mailer-user or MAILER_USER)",
    );
  });
});

test("C2 --version is that of the program, and those of Pawl and Node", async () => {
  const { code, stdout } = await shop(["--version"]);
  expect(code).toBe(0);
  expect(stdout).toBe(`@pawl/cli 0.1.0 (pawl 0.1.0, node ${process.versions.node})\n`);
});
