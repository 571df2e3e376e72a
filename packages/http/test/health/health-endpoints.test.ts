import { provide, Service, warn } from "@pawl/kernel";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { Controller } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { anyPort, WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

class Db extends Service {
  healthy = true;
  override onHealth() {
    if (!this.healthy) throw new Error("password wrong for admin@db.internal");
  }
}

class Home extends Controller {
  static override route = "/";
  load() {
    return {};
  }
}

const ask = async (app: { fetch(path: string, init?: RequestInit): Promise<Response> }, path: string) => {
  const response = await app.fetch(path);
  return { status: response.status, body: await response.json() };
};

describe("/readyz", () => {
  test("is 200 while all that is required does well, and names each service with its state", async () => {
    await using app = await webApp({ providers: { db: Db, cache: provide(Db, { required: false }) }, routes: [Home] });
    const response = await app.fetch("/readyz");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toEqual({
      status: "alive",
      ready: true,
      services: {
        db: { ok: true, state: "running", required: true },
        cache: { ok: true, state: "running", required: false },
        home: { ok: true, state: "running", required: true },
        http: { ok: true, state: "running", required: true },
      },
    });
    app.service("cache").healthy = false;
    warn(app.service("db"), "slow");
    expect(await ask(app, "/readyz")).toMatchObject({
      status: 200,
      body: { status: "warning", ready: true, services: { cache: { ok: false } } },
    });
  });

  test("is 503 while a required service is not well or down, without a word of why", async () => {
    await using app = await webApp({ providers: { db: Db }, routes: [Home] });
    app.service("db").healthy = false;
    const response = await app.fetch("/readyz");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ ready: false, services: { db: { ok: false, state: "running" } } });
    expect(text).not.toContain("password");
    await app.service("db").stop();
    expect(await ask(app, "/readyz")).toMatchObject({
      status: 503,
      body: { status: "warning", ready: false, services: { db: { ok: false, state: "stopped" } } },
    });
    await app.start("db");
  });

  test("is 503 while the app starts, drains and is down, each told by its state", async () => {
    const seen: unknown[] = [];
    const waiting = gate();
    class Slow extends Service {
      override async onStart() {
        seen.push(await ask(app, "/readyz"));
        seen.push(await ask(app, "/livez"));
      }
      override onStop() {
        return waiting.pass();
      }
    }
    const app: WebApp<{ slow: typeof Slow }> = new WebApp({ providers: { slow: Slow }, routes: [Home], http: false });
    expect(await ask(app, "/readyz")).toMatchObject({ status: 503, body: { status: "starting", ready: false } });
    await app.start();
    expect(seen).toMatchObject([
      { status: 503, body: { status: "starting", ready: false, services: { slow: { state: "starting" } } } },
      { status: 200, body: { state: "starting" } },
    ]);
    const stopped = app.stop();
    await waiting.reached;
    expect(await ask(app, "/readyz")).toMatchObject({
      status: 503,
      body: { status: "stopping", ready: false, services: { slow: { state: "stopping" } } },
    });
    expect(await ask(app, "/livez")).toEqual({ status: 200, body: { state: "stopping" } });
    waiting.open();
    await stopped;
    expect(await ask(app, "/readyz")).toMatchObject({ status: 503, body: { status: "dead", ready: false } });
    expect(await ask(app, "/livez")).toEqual({ status: 503, body: { state: "stopped" } });
  });

  test("turns 503 over the port during drainDelay, while the app still answers", async () => {
    const app = await webApp({ routes: [Home], http: { ...anyPort, drainDelay: "3s" } });
    const { port } = app;
    const stopped = app.stop();
    await app.clock.advance("1s");
    await using wire = await Wire.open(port);
    wire.get("/readyz");
    const answer = await wire.until((received) => received.includes("}}"));
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('"status":"stopping"');
    await app.clock.advance("2s");
    await stopped;
  });

  test("leaves the place to a route of the app, and stays away where it is told to", async () => {
    await using own = await webApp({ routes: [new Hono().get("/readyz", (c) => c.text("mine"))] });
    expect(await (await own.fetch("/readyz")).text()).toBe("mine");
    expect((await own.fetch("/livez")).status).toBe(200);
    await using without = await webApp({ routes: [Home], http: { ...anyPort, health: false } });
    expect((await without.fetch("/readyz")).status).toBe(404);
    expect((await without.fetch("/livez")).status).toBe(404);
    expect(() => new WebApp({ http: { health: "yes" as never } })).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION" }),
    );
  });
});

describe("/livez", () => {
  test("is 200 while the process answers, however its services do, and asks none of them", async () => {
    await using app = await webApp({ providers: { db: Db }, routes: [Home] });
    app.service("db").healthy = false;
    expect(await ask(app, "/livez")).toEqual({ status: 200, body: { state: "running" } });
    await app.service("db").stop();
    expect((await app.fetch("/livez", { method: "HEAD" })).status).toBe(200);
    await app.start("db");
  });
});
