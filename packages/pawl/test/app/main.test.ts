import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";

vi.setConfig({ testTimeout: 30_000 });

const shop = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  new Program(new URL("fixtures/main.ts", import.meta.url), { args, env });

const folder = mkdtempSync(join(tmpdir(), "pawl-main-"));
afterAll(() => rmSync(folder, { recursive: true }));

const address = /listens on (http:\/\/[^\s",]+)/;

async function addressOf(program: Program): Promise<URL> {
  return new URL(address.exec(await program.errorLine(address))?.[1] as string);
}

/** The messages of a log in JSON. */
const messages = (log: string) =>
  log
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("main() of an app", () => {
  test("serves as code says, and ends with 0 on a signal", async () => {
    await using program = shop();
    const url = await addressOf(program);
    const answer = await fetch(url);
    expect([await answer.json(), answer.headers.get("x-shop")]).toEqual([{ up: true }, "open"]);
    const { info } = (await (await fetch(new URL("/openapi.json", url))).json()) as { readonly info: object };
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(info).toEqual({ title: "shop", version });
    program.signal("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, lines: ["metrics is ready"] });
  });

  test("takes the port from --http-port, HTTP_PORT or PORT, the stronger first, and leaves the rest as code says", async () => {
    const [first, second] = [await freePort(), await freePort()];
    const ways = [
      { args: ["--http-port", String(first)], env: { HTTP_PORT: String(second), PORT: "1" }, port: first },
      { args: [], env: { HTTP_PORT: String(second), PORT: "1" }, port: second },
      { args: [], env: { PORT: String(first) }, port: first },
    ];
    for (const { args, env, port } of ways) {
      await using program = shop(args, env);
      const url = await addressOf(program);
      expect(url.port).toBe(String(port));
      expect((await fetch(url)).headers.get("x-shop")).toBe("open");
      program.signal("SIGINT");
      expect((await program.ended).code).toBe(0);
    }
  });

  test("takes the address from --http-host", async () => {
    await using program = shop(["--http-host", "0.0.0.0"]);
    await program.errorLine(/listens on http:\/\/localhost:\d+ \(0\.0\.0\.0\)/);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
  });

  test("refuses a port that cannot be one, and an empty host, with 2", async () => {
    await using program = shop(["--http-port", "99999", "--http-host="], {});
    const { code, stderr } = await program.ended;
    expect(code).toBe(2);
    expect(stderr).toContain("http.port: it must be a whole number from 0 to 65535 (--http-port is 99999)");
    expect(stderr).toContain('http.host: it must not be empty (--http-host is "")');
    await using other = shop([], { PORT: "eighty" });
    expect((await other.ended).stderr).toContain(
      'http.port: it must be a whole number from 0 to 65535 (PORT is "eighty")',
    );
  });

  test("serves only where --only names http, and starts its providers only where they are named", async () => {
    await using without = shop(["--only", "metrics"]);
    await without.line("metrics is ready");
    await without.errorLine(/shop started/);
    without.signal("SIGINT");
    expect((await without.ended).stderr).not.toMatch(address);
    await using only = shop(["--only", "http"]);
    expect(await (await fetch(await addressOf(only))).json()).toEqual({ up: true });
    only.signal("SIGINT");
    expect(await only.ended).toMatchObject({ code: 0, lines: [] });
    await using listed = shop(["--only"]);
    expect((await listed.ended).lines).toEqual(["metrics", "http"]);
  });

  test("ends with 1 where its port is taken, and says in one line by what to change it", async () => {
    await using first = shop();
    const { port } = await addressOf(first);
    const other = Number(port) + 1;
    await using second = shop(["--http-port", port], { LOG_LEVEL: "error" });
    const { code, stderr } = await second.ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({
      service: "http",
      code: "PAWL_HTTP_PORT_IN_USE",
      msg: `port ${port} is taken on 127.0.0.1, by another program or another app of this one. Stop that one, or choose another port (0 takes any free one): --http-port ${other}, HTTP_PORT=${other} or http: { port: ${other} }`,
    });
    expect(stderr).not.toMatch(/\bat .*:\d+/);
    await using pretty = shop(["--http-port", port, "--log-format", "pretty", "--log-level", "error"]);
    const lines = (await pretty.ended).stderr.trimEnd().split("\n");
    expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
    expect(lines[0]).toContain(`error http port ${port} is taken on 127.0.0.1`);
  });

  test("takes the address of IPv6 as it stands in a URL", async () => {
    await using program = shop(["--http-host", "[::1]"]);
    const url = await addressOf(program);
    expect(url.hostname).toBe("[::1]");
    expect((await fetch(url)).status).toBe(200);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
  });

  test("listens on a socket where --http-socket says so", async () => {
    const socket = join(folder, "shop.sock");
    await using program = shop(["--http-socket", socket]);
    await program.errorLine(/listens on .*unix:/);
    const answer = await new Promise((resolve, reject) => {
      get({ socketPath: socket, path: "/", headers: { host: "shop" } }, (response) => resolve(response.statusCode)).on(
        "error",
        reject,
      );
    });
    expect(answer).toBe(200);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
    expect(existsSync(socket)).toBe(false);
  });

  test("writes what --log-level and LOG_LEVEL say, the flag first", async () => {
    const told = async (args: readonly string[], env: Record<string, string> = {}) => {
      await using program = shop(["--only", "metrics", ...args], env);
      await program.line("metrics is ready");
      program.signal("SIGINT");
      const { code, stderr } = await program.ended;
      expect(code).toBe(0);
      return stderr === "" ? [] : messages(stderr);
    };
    expect(await told([])).not.toContain("collecting");
    expect(await told([])).toContainEqual(expect.stringMatching(/^shop started/));
    expect(await told(["--log-level", "debug"])).toContain("collecting");
    expect(await told([], { LOG_LEVEL: "debug" })).toContain("collecting");
    expect(await told(["--log-level=silent"], { LOG_LEVEL: "debug" })).toEqual([]);
  });

  test("writes where and how --log-file and --log-format say", async () => {
    const file = join(folder, "logs/shop.log");
    await using program = shop(["--only", "metrics", "--log-file", file, "--log-format", "pretty"]);
    await program.line("metrics is ready");
    program.signal("SIGINT");
    expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(file, "utf8")).toMatch(/^\d\d:\d\d:\d\d.* shop started/m);
  });

  test("refuses a level, a format and a file that cannot be, with 2", async () => {
    await using program = shop(["--log-level", "loud", "--log-format", "xml"]);
    const { code, stderr } = await program.ended;
    expect(code).toBe(2);
    expect(stderr).toContain(
      'log.level: it must be one of silent, fatal, error, warn, info, debug, trace (--log-level is "loud")',
    );
    expect(stderr).toContain('log.format: it must be one of pretty, json (--log-format is "xml")');
    await using other = shop(["--log-file", folder]);
    const ended = await other.ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("EISDIR");
  });

  test("changes the level alone of a logger of the program's own, and nothing of one without levels", async () => {
    const own = (args: readonly string[], logger: string) => shop(["--only", "metrics", ...args], { LOGGER: logger });
    await using pino = own(["--log-level", "debug"], "pino");
    await pino.line(/collecting/);
    pino.signal("SIGINT");
    expect((await pino.ended).code).toBe(0);
    await using format = own(["--log-format", "json"], "pino");
    expect((await format.ended).stderr).toContain("--log-format: there is no such flag");
    await using silent = own(["--log-level", "debug"], "silent");
    expect((await silent.ended).stderr).toContain("--log-level: there is no such flag");
  });

  test("shows its own flags in the help, with what code says", async () => {
    await using program = shop(["-h"]);
    await program.ended;
    expect(program.stdout.replace(/node \S+main\.ts/, "node main.ts")).toMatchInlineSnapshot(`
      "Usage: node main.ts [options]

      Log
        --log-level <silent|fatal|error|warn|info|debug|trace>
                                      The lowest level that is written
                                      default info · env LOG_LEVEL
        --log-format <pretty|json>    Lines for people, or JSON
                                      default pretty on a terminal, json elsewhere ·
                                      env LOG_FORMAT
        --log-file <text>             The file to write to instead of standard error
                                      env LOG_FILE

      HTTP
        --http-port <integer>         The port to listen on; 0 takes any free one
                                      default 0 · env HTTP_PORT or PORT
        --http-host <text>            The address to listen on
                                      default 127.0.0.1 · env HTTP_HOST
        --http-socket <text>          The path of a Unix socket to listen on
                                      env HTTP_SOCKET

      App
        --only <name,…>               Start these and what they need, and nothing else
                                      without names: list them · env PAWL_ONLY
        --check                       Validate the options, print what would start,
                                      and start nothing
        --version                     Print the versions of the program and of Pawl
        -h, --help                    Print this
        PAWL_ADMIN_TOKEN              Whoever sends it may administer the app over
                                      HTTP; 16 characters or more
                                      secret · in the environment only
      "
    `);
  });

  test("--check says that it would serve", async () => {
    await using program = shop(["--check"]);
    expect((await program.ended).lines).toEqual(["shop: all options fit. It would start metrics, http"]);
  });
});
