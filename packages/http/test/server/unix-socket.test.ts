import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, describe, expect, test } from "vitest";
import { type HttpEnv, ListenError } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-socket-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPath = () => join(folder, `${++count}.sock`);

const routes = new Hono<HttpEnv>().get("/", (c) =>
  c.json({ host: new URL(c.req.url).host, peer: c.env.incoming?.socket.remoteAddress ?? null }),
);

const modeOf = (path: string) => statSync(path).mode & 0o777;

async function get(path: string, headers = ""): Promise<string> {
  await using wire = await Wire.open(path);
  wire.get("/", `Connection: close\r\n${headers}`);
  return await wire.end();
}

/** Leaves a socket behind, as a process does that is killed. */
function leaveBehind(path: string): void {
  const program = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", program, path]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

async function startError(http: object): Promise<unknown> {
  const app = new WebApp({ routes, http });
  return await app.start().then(
    () => expect.unreachable("the start fails"),
    (error: unknown) => error,
  );
}

describe("a Unix socket", () => {
  test("serves without a port, and is gone when the app has stopped", async () => {
    const socket = newPath();
    const app = await webApp({ routes, http: { socket } });
    expect(app.http.server?.addresses).toEqual([`unix:${socket}`]);
    expect(app.http.server?.url).toBeUndefined();
    expect(await get(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\{"host":"localhost","peer":null\}$/);
    await app.stop();
    expect(existsSync(socket)).toBe(false);
    expect(app.http.server?.addresses).toEqual([]);
  });

  test("serves beside a port, the same routes", async () => {
    const socket = newPath();
    await using app = await webApp({ routes, http: { socket, port: 0, host: "localhost" } });
    const { port } = app;
    expect(app.http.server?.addresses).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`, `unix:${socket}`]);
    expect(await (await fetch(app.url)).json()).toMatchObject({ host: `localhost:${port}` });
    expect(await get(socket)).toContain('"peer":null');
  });

  test("takes a request of HTTP/1.0, which names no host", async () => {
    const socket = newPath();
    await using _app = await webApp({ routes, http: { socket } });
    await using wire = await Wire.open(socket);
    wire.send("GET / HTTP/1.0\r\n\r\n");
    expect(await wire.end()).toContain('{"host":"localhost","peer":null}');
  });

  test("is open to its user alone, or as socketMode says, and leaves the mask of the process as it was", async () => {
    const mask = process.umask(0o022);
    try {
      const [closed, open] = [newPath(), newPath()];
      await using _one = await webApp({ routes, http: { socket: closed } });
      await using _two = await webApp({ routes, http: { socket: open, socketMode: 0o666 } });
      expect([modeOf(closed), modeOf(open)]).toEqual([0o600, 0o666]);
      expect(process.umask()).toBe(0o022);
    } finally {
      process.umask(mask);
    }
  });

  test("that an ended process left behind is replaced", async () => {
    const socket = newPath();
    leaveBehind(socket);
    await using _app = await webApp({ routes, http: { socket } });
    expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
    expect(modeOf(socket)).toBe(0o600);
  });

  test("where somebody listens is left alone, and the start fails with what to do", async () => {
    const socket = newPath();
    await using _app = await webApp({ routes, http: { socket } });
    const error = await startError({ socket });
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({
      code: "PAWL_HTTP_SOCKET_IN_USE",
      path: "http",
      message: `http: somebody listens on the socket ${socket} already. Stop that program, or choose another path: http: { socket }`,
    });
    expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
  });

  test("never takes the place of a file of another kind", async () => {
    const file = newPath();
    writeFileSync(file, "precious");
    const directory = newPath();
    mkdirSync(directory);
    for (const socket of [file, directory]) {
      expect(await startError({ socket })).toMatchObject({
        code: "PAWL_HTTP_CANNOT_LISTEN",
        message: `http: cannot listen on the socket ${socket} (ENOTSOCK). There is a file of another kind: move it away, or choose another path: http: { socket }`,
      });
    }
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  test("in a folder that is not there fails the start, and the port taken before it is free again", async () => {
    const socket = join(folder, "nowhere", "app.sock");
    const app = new WebApp({ routes, http: { socket, port: 0, host: "127.0.0.1" } });
    let port = 0;
    const listening = app.start();
    await expect(listening).rejects.toMatchObject({
      code: "PAWL_HTTP_CANNOT_LISTEN",
      message: `http: cannot listen on the socket ${socket} (EACCES). See to it that its folder is there and that this process may write to it, or choose another path: http: { socket }`,
    });
    expect(app.http.server?.addresses).toEqual([]);
    expect(app.inspect().services).toEqual([]);
    mkdirSync(join(folder, "nowhere"));
    await app.start();
    port = app.port;
    expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
    await app.stop();
    await expect(Wire.open(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("is left alone by a stop where another program has put its own in its place", async () => {
    const socket = newPath();
    const app = await webApp({ routes, http: { socket } });
    const other = createServer((connection) => connection.end("the other")).listen(`${socket}.new`);
    await once(other, "listening");
    renameSync(`${socket}.new`, socket);
    await app.stop();
    await using wire = await Wire.open(socket);
    expect(await wire.end()).toBe("the other");
    other.close();
    rmSync(socket);
  });

  test("that was left behind is taken over by one of many that come at once, and the others say that it is in use", async () => {
    const place = mkdtempSync(join(folder, "many-"));
    const socket = join(place, "app.sock");
    for (let round = 0; round < 5; round++) {
      leaveBehind(socket);
      const apps = Array.from({ length: 8 }, () => new WebApp({ routes, http: { socket } }));
      const starts = await Promise.allSettled(apps.map((app) => app.start()));
      const failed = starts.flatMap((start) => (start.status === "rejected" ? [start.reason.code] : []));
      expect(failed).toEqual(Array(7).fill("PAWL_HTTP_SOCKET_IN_USE"));
      expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
      expect(readdirSync(place)).toEqual(["app.sock"]);
      await Promise.all(apps.map((app) => app.stop()));
      expect(readdirSync(place)).toEqual([]);
    }
  });

  test.runIf(process.platform === "linux")("may have a path of 107 bytes, however short its name is", async () => {
    const start = join(folder, "long-");
    for (const name of ["a", "ab.sock", "application.sock"]) {
      const place = start + "x".repeat(107 - start.length - 1 - name.length);
      mkdirSync(place, { recursive: true });
      const socket = join(place, name);
      expect(Buffer.byteLength(socket)).toBe(107);
      await using _app = await webApp({ routes, http: { socket } });
      expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
      expect(readdirSync(place)).toEqual([name]);
      expect(() => new WebApp({ routes, http: { socket: `${socket}x` } })).toThrow(
        /107 bytes at most; choose a shorter/,
      );
    }
  });

  test("comes back with a restart", async () => {
    const socket = newPath();
    await using app = await webApp({ routes, http: { socket } });
    await app.restart();
    expect(await get(socket)).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe("H5 a stop drains every address", () => {
  test("no new connection anywhere, idle ones end, what is in flight is answered", async () => {
    const socket = newPath();
    const waiting = gate();
    const came: string[] = [];
    const slow = new Hono().get("/slow", async (c) => {
      came.push("asked");
      await waiting.pass();
      return c.text("done");
    });
    const app = await webApp({ routes: slow, http: { socket, port: 0, host: "localhost" } });
    const { port } = app;
    const open = [() => Wire.open(port), () => Wire.open(port, "::1"), () => Wire.open(socket)];
    const busy = await Promise.all(open.map((wire) => wire()));
    const idle = await Promise.all(open.map((wire) => wire()));
    for (const wire of busy) wire.get("/slow");
    for (const wire of idle) wire.get("/nowhere");
    for (const wire of idle) await wire.until((received) => received.includes("404"));
    while (came.length < busy.length) await new Promise(setImmediate);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ open: 6, inFlight: 3 });

    const stopped = app.stop();
    await Promise.all(idle.map((wire) => wire.end()));
    await expect(Wire.open(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(Wire.open(port, "::1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(Wire.open(socket)).rejects.toMatchObject({ code: "ENOENT" });
    expect(busy.map(({ closed }) => closed)).toEqual([false, false, false]);
    waiting.open();
    for (const wire of busy) {
      const answer = await wire.end();
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain("Connection: close");
    }
    await stopped;
  });

  test("what is left after stopTimeout is cut on each", async () => {
    const socket = newPath();
    const never = gate();
    const hanging = new Hono().get("/", async (c) => {
      await never.pass();
      return c.text("");
    });
    const app = await webApp({ routes: hanging, http: { socket, port: 0, host: "localhost" }, stopTimeout: "2s" });
    const wires = await Promise.all([Wire.open(app.port), Wire.open(app.port, "::1"), Wire.open(socket)]);
    for (const wire of wires) wire.get("/");
    const inFlight = () => app.inspect().services[0]?.activities[0]?.["inFlight"];
    while (inFlight() !== 3) await new Promise(setImmediate);
    const stopped = app.stop();
    stopped.catch(() => {});
    await app.clock.advance("8s");
    expect(await Promise.all(wires.map((wire) => wire.end()))).toEqual(["", "", ""]);
    await expect(stopped).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    never.open();
  });
});
