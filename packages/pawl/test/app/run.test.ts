import { describe, expect, test } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";

const served = (...args: string[]) => new Program(new URL("fixtures/served.ts", import.meta.url), { args });

const address = /listens on (http:\/\/127\.0\.0\.1:\d+)/;
const levels: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warn", 50: "error" };

interface Told {
  readonly level: number;
  readonly service?: string;
  readonly msg: string;
  readonly err?: { readonly stack: string; readonly code?: string };
}

const records = (stderr: string) =>
  stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);

/** The log without its times. */
const told = (stderr: string) =>
  records(stderr).map(({ level, service = "", msg }) =>
    `${levels[level]} ${service} ${msg}`.replace("  ", " ").replace(/ in [\d.]+m?s$/, ""),
  );

async function addressOf(program: Program): Promise<string> {
  return address.exec(await program.errorLine(address))?.[1] as string;
}

describe("run() tells a new user", () => {
  test("where the app listens, and what stops in which order when it is told to", async () => {
    await using program = served();
    const url = await addressOf(program);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    program.signal("SIGINT");
    const { code, lines, stderr } = await program.ended;
    expect(told(stderr.replace(url, "URL"))).toEqual([
      "info metrics collecting",
      "info http listens on URL",
      "info shop started",
      "info shop is stopping (SIGINT); press ^C again to exit at once",
      ...["http", "failing", "slow", "metrics"].flatMap((name) => [`info ${name} is stopping`, `info ${name} stopped`]),
      "info db released",
      "info shop stopped",
    ]);
    expect(lines).toEqual(["returned with 0"]);
    expect(code).toBe(0);
  });

  test("once, though run() was called twice", async () => {
    await using program = served("0", "twice");
    await addressOf(program);
    program.signal("SIGINT");
    const { code, stderr } = await program.ended;
    expect(told(stderr).filter((line) => line === "info shop started" || line === "info shop stopped")).toHaveLength(2);
    expect(code).toBe(0);
  });

  test("with a request in flight: it is answered, then everything stops", async () => {
    await using program = served();
    const url = await addressOf(program);
    const answer = fetch(`${url}/slow`);
    await program.line("asked");
    program.signal("SIGTERM");
    const response = await answer;
    expect([response.status, response.headers.get("connection"), await response.json()]).toEqual([
      200,
      "close",
      { done: true },
    ]);
    const { code, stderr } = await program.ended;
    expect(told(stderr)).toContain("info shop is stopping (SIGTERM); a second signal exits at once");
    expect(code).toBe(0);
  });

  test("of an error, with its owner path and its stack, and what it costs is known by the exit code alone", async () => {
    await using program = served();
    const url = await addressOf(program);
    const { id } = (await (await fetch(`${url}/failing`)).json()) as { id: string };
    program.signal("SIGINT");
    const { code, stderr } = await program.ended;
    expect(records(stderr).filter(({ level }) => level > 30)).toEqual([
      expect.objectContaining({
        service: "failing",
        msg: `request "GET /failing" (${id})`,
        err: expect.objectContaining({ stack: expect.stringMatching(/^Error: no stock\n {4}at Failing\.load/) }),
      }),
    ]);
    // One request that failed is no failure of the app.
    expect(code).toBe(0);
  });

  test("that its port is taken, and exits with 1", async () => {
    await using first = served();
    const { port } = new URL(await addressOf(first));
    await using second = served(port);
    const { code, stderr } = await second.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`"msg":"port ${port} is taken on 127.0.0.1`);
    expect(stderr).toContain("PAWL_HTTP_PORT_IN_USE");
    first.signal("SIGTERM");
    expect((await first.ended).code).toBe(0);
  });
});

test("P2 start() and stop() of an App write nothing, touch no exit code and leave nothing that holds the process", async () => {
  await using program = served("0", "start");
  const { code, lines, stderr } = await program.ended;
  expect(lines).toEqual(["returned with undefined"]);
  // The services' own lines are theirs.
  expect(told(stderr)).toEqual(["info metrics collecting"]);
  expect(code).toBe(0);
});
