import { describe, expect, test, vi } from "vitest";
import { shop, told } from "./shop.ts";

vi.setConfig({ testTimeout: 30_000 });

const user = { MAILER_USER: "me" };
const defaults = {
  every: "1s",
  loud: false,
  level: "low",
  maxTicks: 20,
  offset: 0,
  tags: [],
  ports: [],
  http: { port: 80, host: "localhost" },
  labels: {},
};

/** The options of the clock of a shop that ran. */
async function clockOf(args: readonly string[], env: Record<string, string> = {}, file?: string) {
  const { code, stdout, stderr } = await shop(args, {
    env: { ...user, ...env },
    ...(file === undefined ? {} : { file }),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return told(stdout, "clock");
}

describe("C1 a program that is run by main()", () => {
  test("has the defaults of its schemas, what code says, and what the environment says", async () => {
    const { code, stdout, stderr } = await shop([], { env: user });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(told(stdout, "clock")).toEqual(defaults);
    expect(told(stdout, "mailer")).toEqual({ user: "me", password: "swordfish" });
    expect(stdout).toContain("orderStore undefined\n");
  });

  test("takes flags of every type, with = or without", async () => {
    const args =
      "--clock-every 250ms --clock-loud --clock-level=high --clock-max-ticks 3 --clock-offset -1.5 --clock-tags a,b --clock-tags c --clock-ports 1,2 --clock-http-port 8080 --clock-http-host=::1";
    expect(await clockOf([...args.split(" "), "--clock-labels", '{"a":"b"}'])).toEqual({
      every: "250ms",
      loud: true,
      level: "high",
      maxTicks: 3,
      offset: -1.5,
      tags: ["a", "b", "c"],
      ports: [1, 2],
      http: { port: 8080, host: "::1" },
      labels: { a: "b" },
    });
  });

  test("takes variables of every type", async () => {
    const env = {
      CLOCK_EVERY: "2.5",
      CLOCK_LOUD: "yes",
      CLOCK_LEVEL: "high",
      CLOCK_MAX_TICKS: "3",
      CLOCK_OFFSET: "1e3",
      CLOCK_TAGS: "a, b",
      CLOCK_PORTS: "[1,2]",
      CLOCK_HTTP_PORT: "8080",
      CLOCK_HTTP_HOST: "::1",
      CLOCK_LABELS: '{"a":"b"}',
    };
    expect(await clockOf([], env)).toEqual({
      every: 2.5,
      loud: true,
      level: "high",
      maxTicks: 3,
      offset: 1000,
      tags: ["a", "b"],
      ports: [1, 2],
      http: { port: 8080, host: "::1" },
      labels: { a: "b" },
    });
  });

  test("takes the stronger of two sources: default, code, .env, environment, flag", async () => {
    const file = "CLOCK_MAX_TICKS=1\nCLOCK_LEVEL=high\nCLOCK_OFFSET='4' # a comment\n";
    expect(await clockOf([], {}, file)).toMatchObject({ maxTicks: 1, level: "high", offset: 4 });
    const env = { CLOCK_MAX_TICKS: "2", CLOCK_LEVEL: "low" };
    expect(await clockOf([], env, file)).toMatchObject({ maxTicks: 2, level: "low", offset: 4 });
    expect(await clockOf(["--clock-max-ticks", "3"], env, file)).toMatchObject({
      maxTicks: 3,
      level: "low",
      offset: 4,
    });
  });

  test("can switch off what a weaker source has switched on", async () => {
    expect(await clockOf(["--no-clock-loud"], { CLOCK_LOUD: "1" })).toMatchObject({ loud: false });
    expect(await clockOf(["--clock-loud=false"], { CLOCK_LOUD: "on" })).toMatchObject({ loud: false });
    expect(await clockOf([], { CLOCK_LOUD: "off" }, "CLOCK_LOUD=true")).toMatchObject({ loud: false });
  });

  test("takes the last of a flag that is written twice, and an empty variable for none", async () => {
    const clock = await clockOf(["--clock-offset", "1", "--clock-offset", "2"], { CLOCK_MAX_TICKS: "" });
    expect(clock).toMatchObject({ offset: 2, maxTicks: 20 });
  });
});

describe("C1 what is wrong", () => {
  test("is told all at once, with its source and what was expected, on standard error with exit code 2", async () => {
    const { code, stdout, stderr } = await shop(
      [
        "--clock-level",
        "middle",
        "--clock-evry",
        "3",
        "--clock-offset",
        "--no-clock-loud=1",
        "surplus",
        "--only",
        "clokc",
      ],
      { env: { CLOCK_MAX_TICKS: "-1", CLOCK_HTTP_PORT: "http" }, file: "CLOCK_PORTS=1,two\nMAILER_PASSWORD=hsh" },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toContain("hsh");
    expect(stderr.replace(/node \S+shop\.ts/, "node shop.ts")).toMatchInlineSnapshot(`
      "shop has not been started:
        --clock-evry: there is no such flag; did you mean --clock-every?
        surplus: it belongs to no flag, and no other arguments are taken
        --no-clock-loud takes no value
        --clock-offset needs a value: number
        --only: there is no provider "clokc"; did you mean "clock"? Known: clock, mailer, orderStore, last
        clock.level: Invalid option: expected one of "low"|"high" (--clock-level is "middle")
        clock.maxTicks: Too small: expected number to be >0 (CLOCK_MAX_TICKS is -1)
        clock.ports.1: Invalid input: expected number, received string (CLOCK_PORTS in .env is "two")
        clock.http.port: Invalid input: expected number, received string (CLOCK_HTTP_PORT is "http")
        mailer.user: Invalid input: expected string, received undefined (not given; set it by --mailer-user or MAILER_USER)
        mailer.password: it does not fit its schema (MAILER_PASSWORD in .env)
      See node shop.ts --help
      "
    `);
  });

  test("is told by a bad option alone", async () => {
    const { code, stderr } = await shop(["--clock-loud=maybe"], { env: user });
    expect(code).toBe(2);
    expect(stderr).toContain('clock.loud: Invalid input: expected boolean, received string (--clock-loud is "maybe")');
  });

  test("warns of lines of .env that begin as options do and set none, and runs all the same", async () => {
    const file =
      "CLOCK_EVRY=5\nCLOCK_LEVEL=high\nMAILER_FAVOURITE_COLOUR=red\nDATABASE_URL=x\nORDER_STORE_SIZE=1\nPAWL_ONLY=\n";
    const { code, stdout, stderr } = await shop([], { file, env: { ...user, SHOP_LOGS: "1", CLOCK_EVER: "7" } });
    expect([code, told(stdout, "clock")]).toEqual([0, expect.objectContaining({ every: "1s", level: "high" })]);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, "CLOCK_EVRY in .env sets no option of clock; did you mean CLOCK_EVERY?"],
      [40, "MAILER_FAVOURITE_COLOUR in .env sets no option of mailer; known are MAILER_USER, MAILER_PASSWORD"],
    ]);
  });

  test("takes a file .env that begins with a byte order mark, and passes over a folder of that name", async () => {
    const { stdout } = await shop([], { file: "\uFEFFMAILER_USER=you\n" });
    expect(told(stdout, "mailer")).toMatchObject({ user: "you" });
    const { code, stderr } = await shop([], { env: user, file: null });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
