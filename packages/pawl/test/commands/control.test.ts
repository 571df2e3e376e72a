import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Program } from "../../../kernel/test/process/program.ts";
import { Workplace } from "./pawl.ts";

const shop = (config = "") => `
import { ActionError, App, Service } from "pawl";
const orders = { "~standard": { version: 1, vendor: "test", validate(value) {
  return value?.id ? { value } : { issues: [{ message: "it has no id", path: ["id"] }, { message: "it is none", path: ["lines", 0, "count"] }] };
} } };
class Metrics extends Service {
  #runs = 0;
  order = this.action(orders, ({ id }) => {
    this.emit("order:placed", { id });
    this.log.info({ id }, "placed");
    return { placed: id };
  });
  fail = this.action(() => { throw new Error("the password is 12345"); });
  runs = this.action(() => this.#runs);
  nothing = this.action(() => {});
  slow = this.action(({ signal }) => new Promise((go) => signal.addEventListener("abort", go)));
  override onStart() {
    this.#runs++;
    process.stdout.write("started metrics\\n");
  }
  override onStop() { process.stdout.write("stopped metrics\\n"); }
}
export default new App({ name: "shop", providers: { metrics: new Metrics() }, ${config} });
`;

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

const sockets = (place: Workplace) => {
  const directory = join(place.runtime, "pawl");
  return existsSync(directory) ? readdirSync(directory).map((file) => join(directory, file)) : [];
};

/** Starts an app that is up when this resolves. */
async function running(place: Workplace, config?: string, env: Record<string, string> = {}): Promise<Program> {
  const file = place.write(`main-${sockets(place).length}.ts`, shop(config));
  const program = place.start(["run", file, "--log-format", "json"], { env });
  await program.errorLine(/"msg":"\S+ started in/);
  return program;
}

describe("pawl ps", () => {
  test("lists what runs, with its state and addresses", async () => {
    using place = new Workplace();
    expect((await place.run("ps")).stdout).toBe("no app runs here\n");
    await using app = await running(place, 'routes: [], http: { host: "127.0.0.1", port: 0 }');
    const { code, stdout } = await place.run("ps");
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^NAME +PID +STATE +UPTIME +ADDRESSES$/),
      expect.stringMatching(/^shop +\d+ +running +\d+m?s +http:\/\/127\.0\.0\.1:\d+$/),
      "",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse((await place.run("ps", "--json")).stdout)).toMatchObject([{ name: "shop", status: "alive" }]);
    app.signal("SIGTERM");
    await app.ended;
    expect(sockets(place)).toEqual([]);
  });

  test("lists an app that is still starting, or stopping", async () => {
    using place = new Workplace();
    place.write(
      "main.ts",
      `import { App, Service } from "pawl";
class Slow extends Service {
  override async onStart() { process.stdout.write("starting\\n"); await new Promise((go) => process.once("SIGUSR2", go)); }
  override async onStop() { process.stdout.write("stopping\\n"); await new Promise((go) => process.once("SIGUSR2", go)); }
}
export default new App({ name: "slow", providers: { slow: new Slow() } });
`,
    );
    await using app = place.start(["run", "main.ts"]);
    await app.line("starting");
    expect((await place.run("ps")).stdout).toMatch(/^slow +\d+ +starting /m);
    app.signal("SIGUSR2");
    await app.errorLine(/started in/);
    await using stop = place.start(["stop"]);
    await app.line("stopping");
    expect(JSON.parse((await place.run("call", "pawl.status", "--json")).stdout)).toMatchObject({ status: "stopping" });
    app.signal("SIGUSR2");
    expect([(await stop.ended).code, (await app.ended).code]).toEqual([0, 0]);
  });

  test("removes what a killed app left behind, and so does the next app", async () => {
    using place = new Workplace();
    const left = [];
    for (let i = 0; i < 2; i++) {
      await using app = await running(place);
      left.push(...sockets(place));
      app.signal("SIGKILL");
      await app.ended;
      expect(sockets(place)).toEqual([left[i]]);
      if (i === 0) expect((await place.run("ps")).stdout).toBe("no app runs here\n");
      if (i === 0) expect(sockets(place)).toEqual([]);
    }
    await using app = await running(place);
    expect(sockets(place)).toHaveLength(1);
    expect(sockets(place)).not.toEqual([left[1]]);
    app.signal("SIGTERM");
    expect((await app.ended).code).toBe(0);
  });

  test("tells of an app that does not answer", async () => {
    using place = new Workplace();
    await using app = await running(place, "onError() {}");
    app.signal("SIGSTOP");
    expect((await place.run("ps")).stdout).toContain("does not answer");
    app.signal("SIGCONT");
  });
});

describe("[app]", () => {
  test("has to be said where several run, by name or process id", async () => {
    using place = new Workplace();
    const none = await place.run("tree");
    expect([none.code, none.stderr]).toEqual([
      1,
      "pawl: no app runs here; found are apps that were started by main(), `pawl run` or `pawl dev`, or that have `control: true` (PAWL_APP_NOT_FOUND)\n",
    ]);
    await using one = await running(place);
    await using other = await running(place);
    const { code, stderr } = await place.run("tree", "shop");
    expect(stderr).toMatch(
      /^pawl: several apps run; say which, by its process id: shop \(pid \d+\), shop \(pid \d+\) \(PAWL_APP_AMBIGUOUS\)\n$/,
    );
    expect(code).toBe(1);
    const [pid] = /\d+/.exec(stderr) ?? [];
    expect((await place.run("tree", pid as string)).code).toBe(0);
    expect((await place.run("tree", "shpo")).stderr).toContain(
      'no app "shpo" runs here; did you mean "shop"? Running: shop (pid ',
    );
    one.signal("SIGTERM");
    other.signal("SIGTERM");
    expect([(await one.ended).code, (await other.ended).code]).toEqual([0, 0]);
  });
});

describe("pawl tree, call, restart, stop", () => {
  test("show, call and change a running app", { timeout: 30_000 }, async () => {
    using place = new Workplace();
    await using app = await running(place);
    const { stdout } = await place.run("tree");
    expect(stdout).toMatch(/^shop {2}running\n {2}metrics {2}Metrics, running for \d+m?s\n {4}- action order\n/);
    expect(stdout).not.toContain("Admin");
    expect((await place.run("tree", "--all")).stdout).toMatch(/\n {2}pawl {2}Admin, running for \d+m?s\n/);
    expect(JSON.parse((await place.run("tree", "shop", "--json")).stdout)).toMatchObject({
      name: "shop",
      state: "running",
    });

    expect((await place.run("call", "shop", "metrics.order", '{"id":"a1"}', "--json")).stdout).toBe(
      '{"placed":"a1"}\n',
    );
    expect((await place.run("call", "metrics.runs")).stdout).toBe("1\n");

    const restarted = await place.run("restart", "shop", "metrics");
    expect([restarted.code, restarted.stdout]).toEqual([
      0,
      expect.stringMatching(/^metrics of shop \(pid \d+\) runs again\n$/),
    ]);
    expect((await place.run("call", "metrics.runs")).stdout).toBe("2\n");
    expect((await place.run("restart")).stdout).toMatch(/^shop \(pid \d+\) runs again\n$/);
    expect((await place.run("call", "metrics.runs")).stdout).toBe("3\n");

    const stopped = await place.run("stop", "shop");
    expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringMatching(/^shop \(pid \d+\) has stopped\n$/)]);
    const { code, lines } = await app.ended;
    expect([code, lines]).toEqual([
      0,
      ["started", "stopped", "started", "stopped", "started", "stopped"].map((word) => `${word} metrics`),
    ]);
    expect(sockets(place)).toEqual([]);
  });

  test.each([
    [
      ["call", "metrics.order", "{}"],
      1,
      "pawl: metrics.order: its input is wrong (PAWL_ACTION_INPUT)\n  id: it has no id\n  lines.0.count: it is none\n",
    ],
    [
      ["call", "metrics.ordr"],
      1,
      'pawl: metrics.ordr: metrics has no action "ordr"; did you mean "metrics.order"? Known: metrics.order, metrics.fail, metrics.runs, metrics.nothing, metrics.slow (PAWL_UNKNOWN_ACTION)\n',
    ],
    [["call", "metircs.order"], 1, 'did you mean "metrics.order"? Known: pawl, metrics (PAWL_UNKNOWN_ACTION)\n'],
    [["call", "metrics.runs", "--timeout", "soon"], 2, "--timeout"],
    [["call", "metrics.slow", "--timeout", "0.2"], 1, "it did not answer within 200ms"],
    [
      ["call", "localhost:3000", "metrics.runs"],
      1,
      'no app "localhost:3000" runs here; its address is http://localhost:3000',
    ],
    [["ps", "shop"], 2, '"shop" is too much. Usage: pawl ps (PAWL_CLI_USAGE)'],
    [["call", "http://", "metrics.runs"], 2, "http:// is no address"],
    [["call", "metrics.order", "{id:1}"], 2, "pawl call: the input is not JSON"],
    [["call", "metrics"], 2, "pawl call: metrics is no action; write <service>.<action>, such as metrics.stats"],
    [
      ["restart", "shop", "nope"],
      1,
      'restart("nope"): there is no provider of that name. Known: metrics (PAWL_UNKNOWN_SERVICE)',
    ],
    [["call", "pawl.logLevel", '{"level":"loud"}'], 1, "it must be one of"],
    [["call", "pawl.logLevel", '{"volume":"loud"}'], 1, "volume: there is no such field; known: level"],
    [["call", "pawl.options", '{"service":"metrics"}'], 1, "metrics has no options"],
    [["logs", "-n", "many"], 2, "it must be a whole number"],
    [["events", "order*"], 2, "is no pattern"],
  ])("%j is refused, and says why", async (args, code, message) => {
    using place = new Workplace();
    await using _app = await running(place);
    const refused = await place.run(...args);
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).not.toContain("pawl: pawl ");
    expect(refused.code).toBe(code);
  });

  test("stop and restart say what they have done as JSON, too", { timeout: 30_000 }, async () => {
    using place = new Workplace();
    await using app = await running(place);
    const json = async (...args: string[]) => JSON.parse((await place.run(...args, "--json")).stdout) as unknown;
    const { pid } = (await json("call", "pawl.status")) as { pid: number };
    expect(await json("restart", "shop", "metrics")).toEqual({
      name: "shop",
      pid,
      service: "metrics",
      state: "running",
    });
    expect(await json("restart")).toEqual({ name: "shop", pid, status: "alive" });
    expect(await json("call", "metrics.nothing")).toBe(null);
    expect(await json("stop")).toEqual({ name: "shop", pid, status: "dead" });
    expect((await app.ended).code).toBe(0);
  });

  test("a stop that takes its time says so", async () => {
    using place = new Workplace();
    place.write(
      "main.ts",
      `import { App, Service } from "pawl";
class Slow extends Service {
  override async onStop() { await new Promise((go) => process.once("SIGUSR2", go)); }
}
export default new App({ name: "slow", providers: { slow: new Slow() } });
`,
    );
    await using app = place.start(["run", "main.ts"]);
    await app.errorLine(/started in/);
    await using stop = place.start(["stop", "--json"]);
    await stop.errorLine(/^slow \(pid \d+\) is stopping; it may take 25s$/);
    app.signal("SIGUSR2");
    expect((await app.ended).code).toBe(0);
    const { code, lines } = await stop.ended;
    expect([code, lines.map((line) => JSON.parse(line))]).toEqual([
      0,
      [expect.objectContaining({ name: "slow", status: "dead" })],
    ]);
  });

  test.runIf(process.platform === "linux")("a stop has ended though the app's parent never asks for it", async () => {
    using place = new Workplace();
    const file = place.write("main.ts", shop());
    // What takes the place of the shell knows nothing of the child that it has.
    const script = '"$@" & exec sleep 60';
    const parent = spawn("sh", ["-c", script, "sh", process.execPath, "--conditions=pawl-source", bin, "run", file], {
      cwd: place.path,
      env: { ...process.env, XDG_RUNTIME_DIR: place.runtime },
      stdio: "ignore",
    });
    try {
      const deadline = Date.now() + 8_000;
      while (sockets(place).length === 0 && Date.now() < deadline) await delay(50);
      const { code, stdout, stderr } = await place.run("stop");
      expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^shop \(pid \d+\) has stopped\n$/), ""]);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  test("a call that takes too long ends in its time", async () => {
    using place = new Workplace();
    await using _app = await running(place);
    const { code, stderr } = await place.run("call", "metrics.slow", "--timeout", "200ms");
    expect([code, stderr]).toEqual([
      1,
      "pawl: metrics.slow: it did not answer within 200ms; whether it has done its work is not known (PAWL_ACTION_TIMEOUT)\n",
    ]);
  });

  test("nothing that is shown is obeyed by a terminal, or passes for a line of its own", {
    timeout: 30_000,
  }, async () => {
    using place = new Workplace();
    place.write(
      "main.ts",
      `import { ActionError, App, Service } from "pawl";
const evil = "evil\\u001b[2J\\u009b2J\\u202e\\nshop  stopped";
const input = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: evil, path: [evil] }] }) } };
class Odd extends Service {
  override onReady() { this.interval(() => this.emit("odd:one", evil), "50ms"); }
  text = this.action(() => evil);
  wrong = this.action(input, () => 1);
  fail = this.action(() => { throw new Error(evil); });
  refuse = this.action(() => { throw new ActionError(evil, { reason: evil, details: evil }); });
}
export default new App({ name: "odd", providers: { odd: new Odd() } });
`,
    );
    await using app = place.start(["run", "main.ts", "--log-format", "json"]);
    await app.errorLine(/started in/);
    await using events = place.start(["events"]);
    const event = await events.line(/odd:one/);
    const shown = [event];
    for (const args of [["call", "odd.fail"], ["call", "odd.wrong"], ["call", "odd.refuse"], ["tree"]]) {
      const { stdout, stderr } = await place.run(...args);
      shown.push(stdout + stderr);
    }
    for (const text of shown) for (const command of "\u001b\u009b\u202e") expect(text).not.toContain(command);
    expect(shown.slice(2).every((text) => text.includes("evil\\x1b[2J\\x9b2J\\u202e"))).toBe(true);
    expect(shown.at(-1)).toContain("evil\\x1b[2J\\x9b2J\\u202e\\nshop  stopped");
    // What is no terminal gets a text as it is.
    expect((await place.run("call", "odd.text")).stdout).toBe("evil\u001b[2J\u009b2J\u202e\nshop  stopped\n");
  });

  test("a failure is told as one of the service that was called, as over HTTP", async () => {
    using place = new Workplace();
    const config = `routes: [], http: { host: "127.0.0.1", port: 0 },
      onError: (error, { path, label }) => process.stdout.write(["origin", path, label.replace(/\\(.*/, ""), error.message].join("|") + "\\n")`;
    await using app = await running(place, config);
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(app.stderr) ?? [];
    await fetch(`${url}/metrics/fail`, { method: "POST" });
    await place.run("call", "metrics.fail");
    const origins = app.lines.filter((line) => line.startsWith("origin"));
    const origin = 'origin|metrics|request "POST /metrics/fail" |the password is 12345';
    expect(origins).toEqual([origin, origin]);
  });

  test("a failure shows nothing of the inside, and a number that is in the log", async () => {
    using place = new Workplace();
    await using app = await running(place);
    const { stderr } = await place.run("call", "metrics.fail");
    const [, id] = /the app has logged why, as ([\w-]+)/.exec(stderr) ?? [];
    expect(stderr).not.toContain("12345");
    expect(app.stderr).toContain(id);
    expect(app.stderr).toContain("the password is 12345");
  });
});

describe("pawl top", () => {
  test("prints one picture where nobody can press a key, and draws the tree as a diagram", async () => {
    using place = new Workplace();
    await using _ = await running(place);
    const { code, stdout } = await place.run("top", "--every", "100ms");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^shop \(pid \d+\) {2}alive {2}up \d+s {2}1 service {2}/),
      expect.stringMatching(/^SERVICE +STATE +AGE +RESTARTS +CALLS\/S +ERRORS +IN FLIGHT +NOTE$/),
      expect.stringMatching(/^metrics +running +\d+s$/),
      "",
    ]);
    expect((await place.run("top", "--every", "often")).code).toBe(2);
    expect((await place.run("tree", "--diagram", "mermaid")).stdout).toContain('["metrics"]:::running');
    expect((await place.run("tree", "--diagram", "dot")).stdout).toMatch(/^digraph pawl \{/);
    expect((await place.run("tree", "--diagram", "svg")).code).toBe(2);
  });

  test.runIf(process.platform === "linux")("draws on a terminal until q, and leaves it as it was", async () => {
    using place = new Workplace();
    await using _ = await running(place);
    const command = `stty rows 8 cols 70; '${process.execPath}' --conditions=pawl-source '${bin}' top -n 100ms`;
    const terminal = spawn("script", ["-qec", command, "/dev/null"], {
      env: { ...process.env, XDG_RUNTIME_DIR: place.runtime, NO_COLOR: "1" },
    });
    let drawn = "";
    const seen = Promise.withResolvers<void>();
    terminal.stdout.on("data", (chunk: Buffer) => {
      drawn += chunk.toString();
      // The third picture: it draws again and again.
      if (drawn.split("shop (pid").length > 3) seen.resolve();
    });
    await seen.promise;
    terminal.stdin.write("q");
    const [code] = (await once(terminal, "exit")) as [number];
    expect(code).toBe(0);
    expect(drawn.startsWith("\u001b[?1049h\u001b[?25l")).toBe(true);
    expect(drawn.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
    expect(drawn).toContain("q quit  t tree");
  });
});

describe("pawl events and logs", () => {
  test("follow what comes; without -f events end with the app, and say so", async () => {
    using place = new Workplace();
    await using app = await running(place);
    await using events = place.start(["events", "order:*", "--json"]);
    await using logs = place.start(["logs", "-f", "-n", "0", "shop"]);
    await events.errorLine(/^pawl events: attached to shop \(pid \d+\), events order:\*$/);
    await logs.errorLine(/^pawl logs: attached to shop \(pid \d+\)$/);
    await place.run("call", "metrics.order", '{"id":"a1"}');
    expect(JSON.parse(await events.line(/order:placed/))).toEqual({
      at: expect.any(String),
      event: "order:placed",
      payload: { id: "a1" },
    });
    expect(await logs.line(/placed/)).toMatch(/^\d\d:\d\d:\d\d\.\d\d\d info {2}metrics placed \{ id: 'a1' \}$/);
    app.signal("SIGTERM");
    const { code, stderr } = await events.ended;
    expect(stderr).toMatch(/\npawl events: shop \(pid \d+\) has stopped\n$/);
    expect([code, (await app.ended).code]).toEqual([0, 0]);
    expect(await logs.outlives(100)).toBe(true);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "with -f go on with the app of the same name that comes back after %s, and with none that runs beside it",
    { timeout: 30_000 },
    async (signal) => {
      using place = new Workplace();
      await using first = await running(place);
      const { pid } = JSON.parse((await place.run("call", "pawl.status", "--json")).stdout) as { pid: number };
      await using beside = await running(place);
      await using events = place.start(["events", "-f", "order:*", String(pid)]);
      await using logs = place.start(["logs", "-f", String(pid)]);
      await Promise.all([events.errorLine(/attached/), logs.errorLine(/attached/)]);
      first.signal(signal);
      await first.ended;
      for (const [name, program] of [["events", events] as const, ["logs", logs] as const])
        await program.errorLine(`pawl ${name}: shop (pid ${pid}) has stopped; waiting for it to come back`);
      await using _second = await running(place);
      const again = /attached to shop \(pid (\d+)\)/g;
      const attachedAgain = async (program: Program) => {
        while ([...program.stderr.matchAll(again)].length < 2) await delay(20);
        return [...program.stderr.matchAll(again)][1]?.[1];
      };
      const next = await attachedAgain(events);
      expect(await attachedAgain(logs)).toBe(next);
      // All that it has said since its start.
      await logs.line(/started in/);
      expect((await place.run("call", next as string, "metrics.order", '{"id":"b2"}')).code).toBe(0);
      expect(await events.line(/order:placed/)).toMatch(/"b2"/);
      expect(await logs.line(/placed/)).toContain("b2");
      beside.signal("SIGTERM");
      expect((await beside.ended).code).toBe(0);
    },
  );

  test("with -f go on when the app is restarted in its process", async () => {
    using place = new Workplace();
    await using _app = await running(place);
    await using events = place.start(["events", "-f"]);
    await events.errorLine(/attached/);
    await place.run("restart");
    await events.errorLine(/has stopped; waiting/);
    while (events.stderr.split("attached").length < 3) await delay(20);
    await place.run("call", "metrics.order", '{"id":"b2"}');
    await events.line(/order:placed \{"id":"b2"\}/);
  });

  test("end quietly when nobody reads what they print", async () => {
    using place = new Workplace();
    await using app = await running(place);
    const piped = spawn(
      "sh",
      ["-c", `"$0" "$@" | head -n 1`, process.execPath, "--conditions=pawl-source", bin, "events", "-f"],
      {
        env: { ...process.env, XDG_RUNTIME_DIR: place.runtime },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let [out, err] = ["", ""];
    piped.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    piped.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    while (!err.includes("attached")) await delay(20);
    const over = once(piped, "close");
    while (piped.exitCode === null) await place.run("call", "metrics.order", '{"id":"a1"}');
    const [code] = await over;
    expect([code, out.split("\n").length]).toEqual([0, 2]);
    expect(err).toMatch(/^pawl events: attached to [^\n]+\n$/);
    app.signal("SIGTERM");
    await app.ended;
  });

  test("without -f the last lines are shown", async () => {
    using place = new Workplace();
    await using _app = await running(place);
    for (const id of ["a1", "a2", "a3"]) await place.run("call", "metrics.order", `{"id":"${id}"}`);
    const { stdout } = await place.run("logs", "-n", "2", "--json");
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(["a2", "a3"]);
  });
});

describe("the control socket", () => {
  test("can be opened by its user alone", async () => {
    using place = new Workplace();
    chmodSync(place.path, 0o755);
    chmodSync(place.runtime, 0o755);
    await using _app = await running(place);
    const [socket = ""] = sockets(place);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(socket, "..")).mode & 0o777).toBe(0o700);
    await new Promise((resolve, reject) => connect(socket).once("connect", resolve).once("error", reject));
  });

  test.runIf(process.getuid?.() === 0)(
    "is refused to another user, also where the directory lets them in",
    async () => {
      using place = new Workplace();
      chmodSync(place.path, 0o755);
      chmodSync(place.runtime, 0o755);
      await using _app = await running(place);
      const [socket = ""] = sockets(place);
      const asNobody = () =>
        spawnSync(
          "setpriv",
          [
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            process.execPath,
            "-e",
            `
        require("node:net").connect(${JSON.stringify(socket)})
          .on("connect", () => console.log("connected"))
          .on("error", (error) => console.log(error.code));`,
          ],
          { encoding: "utf8", cwd: "/", env: {}, timeout: 5_000 },
        );
      const first = asNobody();
      expect([first.stdout, first.stderr]).toEqual(["EACCES\n", ""]);
      chmodSync(join(socket, ".."), 0o755);
      expect(asNobody().stdout).toBe("EACCES\n");
      chmodSync(socket, 0o666);
      expect(asNobody().stdout).toMatch("connected");
    },
  );

  test("is made in no directory that others can write to or look into: the app runs without it, and says so", async () => {
    using place = new Workplace();
    mkdirSync(join(place.runtime, "pawl"), { mode: 0o777 });
    chmodSync(join(place.runtime, "pawl"), 0o777);
    await using app = await running(place);
    expect(app.stderr).toContain("there is no control socket");
    expect(app.stderr).toContain("PAWL_CONTROL_DIRECTORY");
    expect(sockets(place)).toEqual([]);
    const { code, stderr } = await place.run("ps");
    expect(stderr).toContain("must be a directory of this user with mode 0700");
    expect(code).toBe(1);
    app.signal("SIGTERM");
    expect((await app.ended).code).toBe(0);
  });

  test.runIf(process.getuid?.() === 0).each([
    ["nor believed in a temporary one", { XDG_RUNTIME_DIR: "" }, 1],
    ["and what is there is seen, where root names it", {}, 0],
  ])("of root is made in no directory of somebody else, %s", async (_, named, code) => {
    using place = new Workplace();
    const env = { TMPDIR: place.path, ...named };
    const theirs = code === 1 ? join(place.path, "pawl-0") : join(place.runtime, "pawl");
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, 65534, 65534);
    await using app = await running(place, "", env);
    expect(app.stderr).toContain("PAWL_CONTROL_DIRECTORY");
    expect(readdirSync(theirs)).toEqual([]);
    await using ps = place.start(["ps"], { env });
    expect((await ps.ended).code).toBe(code);
  });

  test("that an app asks for by `control: true` is needed for its start", async () => {
    using place = new Workplace();
    mkdirSync(join(place.runtime, "pawl"), { mode: 0o755 });
    place.write("main.ts", shop("control: true"));
    const { code, stderr } = await place.run("run", "main.ts");
    expect(stderr).toContain("pawl could not start");
    expect(stderr).toContain("must be a directory of this user with mode 0700");
    expect(code).toBe(1);
  });

  test("is not there under start(), nor where it is refused", async () => {
    using place = new Workplace();
    await using app = await running(place, "control: false");
    expect(sockets(place)).toEqual([]);
    app.signal("SIGTERM");
    expect((await app.ended).code).toBe(0);
  });

  test("is in the temporary directory where there is no XDG_RUNTIME_DIR", async () => {
    using place = new Workplace();
    await using app = await running(place, "", { XDG_RUNTIME_DIR: "", TMPDIR: place.runtime });
    const directory = join(place.runtime, `pawl-${process.getuid?.()}`);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^shop\.\d+\.sock$/)]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(tmpdir()).not.toBe(place.runtime);
    app.signal("SIGTERM");
    expect((await app.ended).code).toBe(0);
  });
});

describe("over HTTP", () => {
  const token = "s3cret-s3cret-s3cret";
  const http = 'routes: [], http: { host: "127.0.0.1", port: 0 }';
  const urlOf = async (app: Program) =>
    /http:\/\/127\.0\.0\.1:\d+/.exec(await app.errorLine(/http:\/\/127/))?.[0] as string;
  const post = (url: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: "" });

  test("an app is administered by who has the token, and by nobody else", async () => {
    using place = new Workplace();
    await using app = await running(place, http, { PAWL_ADMIN_TOKEN: token });
    const url = await urlOf(app);
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      "Bearer wrong",
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ]) {
      const response = await post(`${url}/pawl/shutdown`, authorization === undefined ? {} : { authorization });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
    expect((await fetch(`${url}/pawl/status`)).status).toBe(405);
    const response = await post(`${url}/pawl/status`, { authorization: `Bearer ${token}` });
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ name: "shop", status: "alive" }),
    ]);
    expect(JSON.stringify(await (await fetch(`${url}/openapi.json`)).json())).not.toContain("/pawl/");

    const calls = { env: { PAWL_ADMIN_TOKEN: token } };
    await using called = place.start(["call", url, "pawl.aliveSince"], calls);
    expect((await called.ended).lines[0]).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect((await place.run("call", url, "pawl.aliveSince")).stderr).toContain(
      "it takes the admin token of the app; give it in the environment, as PAWL_ADMIN_TOKEN",
    );
    await using stopped = place.start(["stop", url], calls);
    expect((await stopped.ended).lines).toEqual([`${url} has stopped`]);
    expect((await app.ended).code).toBe(0);
    expect(app.stderr + app.stdout).not.toContain(token);
  });

  test("without a token there is nothing to administer", async () => {
    using place = new Workplace();
    await using app = await running(place, http);
    const url = await urlOf(app);
    expect((await post(`${url}/pawl/status`)).status).toBe(404);
    expect((await post(`${url}/pawl/shutdown`, { authorization: "Bearer " })).status).toBe(404);
  });

  test("what answers there and is no app is named, without a stack", async () => {
    using place = new Workplace();
    const server = createServer((_, response) => response.end("<p>Hello</p>")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { code, stderr } = await place.run("call", url, "metrics.runs");
      expect([code, stderr]).toEqual([
        1,
        "pawl: metrics.runs: the answer was 200, and nothing that an app says (PAWL_CONTROL_REFUSED)\n",
      ]);
    } finally {
      server.close();
    }
  });

  test("an address with a password in it, and a token that cannot be sent, are refused and repeated nowhere", async () => {
    using place = new Workplace();
    await using call = place.start(["call", "http://127.0.0.1:1", "a.b"], { env: { PAWL_ADMIN_TOKEN: "fish\nfish" } });
    expect(await call.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^pawl: PAWL_ADMIN_TOKEN: (?!.*fish)/),
    });
    const { code, stderr } = await place.run("call", "http://ada:swordfish@127.0.0.1:1", "metrics.runs");
    expect([code, stderr]).toEqual([2, expect.stringContaining("must have no name or password in it")]);
    expect(stderr).not.toContain("swordfish");
  });

  test("a token that can be guessed is refused before anything starts", async () => {
    using place = new Workplace();
    const file = place.write("main.ts", shop(http));
    await using app = place.start(["run", file], { env: { PAWL_ADMIN_TOKEN: "short" } });
    const { code, stderr } = await app.ended;
    expect(stderr).toContain("the variable PAWL_ADMIN_TOKEN: it must be 16 characters or more");
    expect(code).toBe(2);
  });

  test("logs and events cannot be followed", async () => {
    using place = new Workplace();
    const { code, stderr } = await place.run("logs", "http://127.0.0.1:1");
    expect([code, stderr]).toEqual([2, expect.stringContaining("by its control socket")]);
  });
});
