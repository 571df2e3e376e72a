import { Service } from "@pawl/kernel";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Controller, type Router } from "../../src/index.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";
import { Desk, json, Shop } from "./shop.ts";

const served = async (http: object = {}) => {
  const shop = new Shop();
  const app = await webApp({ providers: { shop }, routes: [Desk], http: { ...anyPort, ...http } });
  return { app, shop };
};
const post = (app: WebApp<never>, path: string, body?: unknown, headers: Record<string, string> = json) =>
  app.fetch(path, { method: "POST", headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const overSocket = (app: WebApp<never>, path: string, init: RequestInit) =>
  fetch(new URL(path, app.url), { method: "POST", ...init });

describe("A2 POST /<service>/<action>", () => {
  test("gives the input to the action, and its result as JSON", async () => {
    const { app, shop } = await served();
    await using _ = app;
    for (const call of [
      () => post(app as never, "/shop/find", { id: "a" }),
      () => overSocket(app as never, "/shop/find", { headers: json, body: '{"id":"a"}' }),
    ]) {
      const response = await call();
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(await response.json()).toEqual({ id: "a", limit: 10, at: "1970-01-01T00:00:00.000Z" });
    }
    expect(shop.seen).toEqual([
      { id: "a", limit: 10 },
      { id: "a", limit: 10 },
    ]);
  });

  test("no body is no input, no result is 204", async () => {
    const { app, shop } = await served();
    await using _ = app;
    expect((await post(app as never, "/shop/nothing")).status).toBe(204);
    expect((await post(app as never, "/shop/nothing", null)).status).toBe(204);
    expect((await post(app as never, "/shop/nothing", undefined, {})).status).toBe(204);
    expect((await overSocket(app as never, "/shop/nothing", {})).status).toBe(204);
    expect(shop.seen).toHaveLength(4);
    expect((await post(app as never, "/shop/nothing", {})).status).toBe(400);
    expect(await (await post(app as never, "/shop/echo", null)).json()).toBe(null);
  });

  test("a bad input is 400 with every issue, and the action is not called", async () => {
    const { app, shop } = await served();
    await using _ = app;
    const response = await post(app as never, "/shop/find", { limit: "x" }, { ...json, accept: "text/html" });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      code: "PAWL_ACTION_INPUT",
      detail: "The input is wrong.",
      issues: [
        { message: expect.any(String), path: ["id"] },
        { message: expect.any(String), path: ["limit"] },
      ],
    });
    for (const input of [undefined, null, [], "x", 1, [{ id: "a" }], { input: { id: "a" } }]) {
      expect((await post(app as never, "/shop/find", input)).status).toBe(400);
    }
    expect(shop.seen).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  test("what the action refuses reaches the caller; what it fails with does not, but onError by its number", async () => {
    const { app } = await served();
    await using _ = app;
    const refused = await post(app as never, "/shop/refuse");
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      code: "PAWL_ACTION_ERROR",
      detail: "There are only 2 left.",
      reason: "sold-out",
      details: { left: 2 },
    });
    for (const [action, error] of [
      ["break", "the password is 1234"],
      ["circular", /circular/],
      ["big", /BigInt/],
    ] as const) {
      const failed = await post(app as never, `/shop/${action}`);
      const { id, ...rest } = (await failed.json()) as { readonly id: string };
      expect(rest).toEqual({
        type: "about:blank",
        title: "Internal Server Error",
        status: 500,
        code: "PAWL_ACTION_FAILED",
      });
      expect(app.errors.at(-1)).toMatchObject({
        error: { message: expect.stringMatching(error) },
        origin: { path: "shop", label: expect.stringContaining(id) },
      });
    }
  });

  test("a result that does not fit its output is 500, told to onError and not to the caller", async () => {
    class Priced extends Service {
      price = this.action(() => "much" as unknown as number, { output: z.number() });
    }
    await using app = await webApp({ providers: { priced: Priced }, http: false });
    const response = await post(app as never, "/priced/price");
    expect(response.status).toBe(500);
    const body = (await response.json()) as { readonly id: string };
    expect(body).toMatchObject({ code: "PAWL_ACTION_FAILED", id: expect.any(String) });
    expect(JSON.stringify(body)).not.toContain("number");
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_ACTION_OUTPUT" }, origin: { path: "priced" } }]);
  });

  test("what needs something that is down is 503", async () => {
    class Other extends Service {}
    const other = new Other();
    await using app = await webApp({ providers: { shop: new Shop(), other }, http: false });
    await other.stop();
    const response = await post(app as never, "/shop/needs");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(app.errors).toHaveLength(1);
  });

  test("a service that is down is 503, again after its restart 200", async () => {
    const { app, shop } = await served();
    await using _ = app;
    await shop.stop();
    const response = await post(app as never, "/shop/find", { id: "a" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "PAWL_NOT_RUNNING" });
    expect(response.headers.get("retry-after")).toBe("5");
  });

  test("unknown names are 404 and tell none, other methods 405 with Allow", async () => {
    const { app, shop } = await served();
    await using _ = app;
    const names = [
      "fin",
      "onStart",
      "seen",
      "constructor",
      "__proto__",
      "toString",
      "find/",
      "find/x",
      "%66ind%2f",
      "..%2fshop%2ffind",
    ];
    for (const path of [
      ...names.map((name) => `/shop/${name}`),
      "/shop",
      "/shops/find",
      "/__proto__/find",
      "/constructor/name",
      "/http/find",
      "/Shop/find",
    ]) {
      const response = await post(app as never, path, { id: "a" });
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).not.toMatch(/shop\b.*find/);
    }
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const response = await app.fetch("/shop/find", { method });
      expect([method, response.status, response.headers.get("allow")]).toEqual([method, 405, "OPTIONS, POST"]);
    }
    expect(shop.seen).toEqual([]);
  });

  test.each([
    "/../shop/find",
    "/%2e%2e/shop/find",
    "/shop/../../etc/passwd",
    "//shop/find",
    "/shop//find",
    "/shop/find%00",
    "/shop\\find",
    "/./shop/./find",
  ])("%s, as it stands on the wire, leads nowhere else", async (path) => {
    const { app, shop } = await served();
    await using _ = app;
    await using wire = await Wire.open(app.port);
    wire.send(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{"id":"a"}`,
    );
    const answer = await wire.end();
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    // A path that says the same is the same.
    expect(shop.seen.length === 1 ? 200 : status).toBe(status);
    expect([200, 400, 404]).toContain(status);
    expect(app.errors).toEqual([]);
  });

  test("those for administration are not served, and those that are not chosen neither", async () => {
    const { app } = await served();
    await using _ = app;
    expect((await post(app as never, "/shop/wipe")).status).toBe(404);
    await app.stop();
    const { app: few } = await served({ actions: ["shop.find", "desk"] });
    await using _few = few;
    expect((await post(few as never, "/shop/find", { id: "a" })).status).toBe(200);
    expect((await post(few as never, "/shop/echo", 1)).status).toBe(404);
    expect((await post(few as never, "/desk/close", { at: "1" })).status).toBe(200);
    const { app: none } = await served({ actions: false });
    await using _none = none;
    expect((await post(none as never, "/shop/find", { id: "a" })).status).toBe(404);
    await expect(served({ actions: ["shop.fnd"] })).rejects.toThrow('there is no action "shop.fnd"');
    await expect(served({ actions: ["shop.wipe"] })).rejects.toThrow('there is no action "shop.wipe"');
    await expect(served({ actions: "shop" })).rejects.toMatchObject({ code: "PAWL_BAD_OPTION" });
  });

  test("an app that says nothing about HTTP serves none; with http: false they are served without a port", async () => {
    await using app = await webApp({ providers: { shop: new Shop() }, http: false });
    expect((await post(app as never, "/shop/find", { id: "a" })).status).toBe(200);
    await using silent = await webApp({ providers: { shop: new Shop() }, http: undefined as never });
    expect((await post(silent as never, "/shop/find", { id: "a" })).status).toBe(503);
  });
});

describe("A2 controllers and routes", () => {
  test("an action of a controller is below its route", async () => {
    const { app } = await served();
    await using _ = app;
    const response = await post(app as never, "/desk/close", { at: "noon" });
    expect(await response.json()).toBe("closed at noon");
    expect((await post(app as never, "/desk/close", {})).status).toBe(400);
  });

  test("H4 an action and a route of one path fail the start, naming both", async () => {
    const routes = [new Hono().post("/shop/find", (c) => c.text("mine"))];
    const start = webApp({ providers: { shop: new Shop() }, routes });
    await expect(start).rejects.toThrow(
      'POST /shop/find, the action "find" of the provider "shop": POST /shop/find of the Hono app routes[0] answers there already',
    );
    class Clash extends Desk {
      override routes(router: Router) {
        router.post("/close", (c) => c.text("mine"));
      }
    }
    await expect(webApp({ routes: [Clash] })).rejects.toThrow(/POST \/desk\/close, the action "close" of Clash/);
  });

  test("a route that takes everything comes after the actions", async () => {
    const routes = [new Hono().all("*", (c) => c.text("rest"))];
    await using app = await webApp({ providers: { shop: new Shop() }, routes });
    expect((await post(app as never, "/shop/find", { id: "a" })).status).toBe(200);
    expect(await (await post(app as never, "/shop/other")).text()).toBe("rest");
  });

  test("middleware that is listed alone wraps them, that of a controller its own", async () => {
    class Guarded extends Controller {
      static override route = "/guarded";
      load() {}
      override routes(router: Router) {
        router.use(async (c, next) => {
          c.header("X-Guarded", "yes");
          await next();
        });
      }
      ping = this.action(() => "pong");
    }
    const guard = new Hono().use(async (c, next) => {
      if (c.req.header("authorization") !== "Bearer x") return c.text("no", 401);
      return next();
    });
    await using app = await webApp({ providers: { shop: new Shop() }, routes: [guard, Guarded] });
    expect((await post(app as never, "/shop/find", { id: "a" })).status).toBe(401);
    const allowed = { ...json, authorization: "Bearer x" };
    const open = await post(app as never, "/shop/find", { id: "a" }, allowed);
    expect([open.status, open.headers.get("x-guarded")]).toEqual([200, null]);
    const guarded = await post(app as never, "/guarded/ping", undefined, allowed);
    expect([await guarded.json(), guarded.headers.get("x-guarded")]).toEqual(["pong", "yes"]);
  });

  test("a provider whose name can be no part of a path fails the start where its actions are to be served", async () => {
    await expect(webApp({ providers: { "a?b": new Shop() } })).rejects.toThrow(
      "a?b: its name cannot be part of a path",
    );
  });
});
