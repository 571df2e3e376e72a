import { provide, type Schema, Service } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
import { describe, expect, test } from "vitest";
import { anyPort, webApp } from "../web-app.ts";

const token = "0123456789abcdef0123456789abcdef";

const every: Schema<{ every: number; key?: string }, { every: number; key?: string }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const given = value as { every?: unknown; key?: string };
      return typeof given.every === "number"
        ? { value: given as { every: number } }
        : { issues: [{ message: "expected a number", path: ["every"] }] };
    },
  },
};

class Clock extends Service.with({ options: every, live: ["every"] }) {
  starts = 0;
  readonly wipe = this.action(() => "wiped", { admin: true });
  override onStart() {
    this.starts++;
    this.interval(() => {}, "1s");
  }
}

async function administered() {
  const clock = new Clock();
  const app = await webApp({
    providers: { clock: provide(clock, { options: { every: 1, key: "k" } }), db: () => ({ close() {} }) },
    http: { ...anyPort, adminToken: token },
  });
  const call = async (path: string, input?: unknown, authorization = `Bearer ${token}`) => {
    const response = await app.fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", authorization },
      body: input === undefined ? "" : JSON.stringify(input),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { app, clock, call };
}

describe("A3 the admin actions", () => {
  test("say what the app is at", async () => {
    const { app, call } = await administered();
    await using _ = app;
    expect((await call("/pawl/status")).body).toEqual({
      name: app.name,
      status: "alive",
      state: "running",
      node: process.versions.node,
      pid: process.pid,
      aliveSince: expect.stringMatching(/^\d{4}-/),
      uptimeMs: expect.any(Number),
      shutdownTimeoutMs: 25_000,
      addresses: [expect.stringMatching(/^http:/)],
    });
    expect((await call("/pawl/health")).body).toMatchObject({
      ready: true,
      services: { clock: { state: "running", restarts: 0 } },
    });
    expect((await call("/pawl/counters")).body).toMatchObject({
      "clock.restarts": 0,
      "clock.interval.anonymous.runs": 0,
    });
    expect((await call("/pawl/tree")).body).toEqual(expect.objectContaining({ state: "running", values: ["db"] }));
  });

  test("count under names that neither routes nor addresses change, and take no length of time for a count", async () => {
    const { app, call } = await administered();
    await using _ = app;
    const names = Object.keys((await call("/pawl/counters")).body as object);
    expect(names.filter((name) => name.startsWith("http."))).toEqual([
      "http.restarts",
      "http.inFlight",
      "http.server.connections.open",
      "http.server.connections.inFlight",
      "http.server.requests.routes",
      "http.server.requests.answered",
    ]);
    expect(names.filter((name) => name.endsWith("Ms"))).toEqual([]);
  });

  test("say that there is no record where nobody keeps one", async () => {
    const { app, call } = await administered();
    await using _ = app;
    expect(await call("/pawl/record")).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("no record") },
    });
  });

  test("count what packages show of a service: metrics by series and window, and exported numbers", async () => {
    const { app, clock, call } = await administered();
    await using _ = app;
    const windows = { "60s": { count: 2, sum: 5, avg: 2.5, min: null } };
    addFigures(clock, "metrics", () => [
      { name: "ticks", kind: "counter", value: 7, windows },
      { name: "waits", kind: "histogram", value: 1, sum: 0.5, labels: { room: "a", floor: "2" } },
      { name: "size", kind: "gauge", value: null, error: "it is closed" },
      { name: "restarts", kind: "counter", value: 99 },
      "no metric",
    ]);
    addFigures(clock, "exported", () => ({ version: "1.0", answer: 42 }));
    const { body } = await call("/pawl/counters");
    expect(body).toMatchObject({
      "clock.ticks": 7,
      "clock.ticks.count.60s": 2,
      "clock.ticks.sum.60s": 5,
      "clock.ticks.avg.60s": 2.5,
      "clock.waits{room=a,floor=2}": 1,
      "clock.waits{room=a,floor=2}.sum": 0.5,
      "clock.answer": 42,
      "clock.restarts": 0,
    });
    expect(Object.keys(body).filter((name) => /size|version|min/.test(name))).toEqual([]);
    expect(Object.values(body).every((value) => typeof value === "number")).toBe(true);
  });

  test("show options, and set those that are live, checked as ever", async () => {
    const { app, clock, call } = await administered();
    await using _ = app;
    expect((await call("/pawl/options")).body).toEqual({ clock: { every: 1, key: "k" } });
    expect(await call("/pawl/options", { service: "clock", set: { every: 5 } })).toEqual({
      status: 200,
      body: { every: 5, key: "k" },
    });
    expect(clock.options.every).toBe(5);
    expect(await call("/pawl/options", { service: "clock", set: { key: "other" } })).toMatchObject({
      status: 409,
      body: { reason: "PAWL_BAD_OPTION" },
    });
    expect(await call("/pawl/options", { service: "clock", set: { every: "soon" } })).toMatchObject({
      status: 409,
      body: { reason: "PAWL_BAD_OPTIONS" },
    });
    expect(await call("/pawl/options", { set: { every: 2 } })).toMatchObject({ status: 400 });
    expect(await call("/pawl/options", { service: "db" })).toMatchObject({ status: 404 });
    expect(clock.options.every).toBe(5);
  });

  test("restart one service, and say why they do not", async () => {
    const { app, clock, call } = await administered();
    await using _ = app;
    expect(await call("/pawl/restart", { service: "clock" })).toEqual({ status: 200, body: { status: "alive" } });
    expect(clock.starts).toBe(2);
    expect(await call("/pawl/restart", { service: "db" })).toMatchObject({
      status: 409,
      body: { reason: "PAWL_NOT_RUNNING" },
    });
    expect(await call("/pawl/restart", { service: "clokc" })).toMatchObject({
      status: 404,
      body: { reason: "PAWL_UNKNOWN_SERVICE" },
    });
    expect(await call("/pawl/restart", { sevice: "clock" })).toMatchObject({ status: 400 });
  });

  test("stop the app, and the call that asks for it is answered", async () => {
    const { app, call } = await administered();
    await using _ = app;
    expect(await call("/pawl/shutdown")).toEqual({ status: 200, body: { status: "stopping" } });
    await app.stop();
    expect(app.state).toBe("stopped");
  });

  test("of the app's own services need the token as well; others do not", async () => {
    const { app, call } = await administered();
    await using _ = app;
    expect(await call("/clock/wipe")).toEqual({ status: 200, body: "wiped" });
    for (const path of ["/clock/wipe", "/pawl/status", "/pawl/shutdown"])
      expect(await call(path, undefined, "Bearer 0123456789abcdef0123456789abcdeX")).toMatchObject({ status: 401 });
    expect(app.state).toBe("running");
  });

  test("are not there without a token, nor in the tree", async () => {
    await using app = await webApp({ http: anyPort });
    expect((await app.fetch("/pawl/status", { method: "POST" })).status).toBe(404);
    expect(app.inspect().services.map(({ name }) => name)).not.toContain("pawl");
  });

  test.each(["short", "", "with spaces in between them", 12])(
    "a token that is no secret is refused: %j",
    (adminToken) => {
      const http = { ...anyPort, adminToken: adminToken as string };
      return expect(webApp({ http })).rejects.toMatchObject({ code: "PAWL_BAD_OPTION" });
    },
  );
});
