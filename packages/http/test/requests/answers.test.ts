import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, test } from "vitest";
import { Controller, type Router } from "../../src/index.ts";
import { anyPort, browser, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

class Orders extends Controller {
  static override route = "/orders";
  load() {
    return [];
  }
  override routes(router: Router) {
    router.post("/", (c) => c.text("made", 201));
    router.delete("/:id", (c) => c.body(null, 204));
  }
}

describe("H6 unknown routes and wrong methods", () => {
  test.each(["/", "/order", "/orders/", "/orders/1/items", "/%ff"])("%s is 404", async (path) => {
    await using app = await webApp({ routes: [Orders] });
    const response = await app.fetch(path);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({ type: "about:blank", title: "Not Found", status: 404 });
    const page = await app.page(path);
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
  });

  test.each([
    ["PUT", "/orders", "GET, HEAD, OPTIONS, POST", "GET, HEAD and POST"],
    ["GET", "/orders/7", "DELETE, OPTIONS", "DELETE"],
    ["BREW", "/orders", "GET, HEAD, OPTIONS, POST", "GET, HEAD and POST"],
  ])("%s %s is 405 with Allow", async (method, path, allow, answered) => {
    await using app = await webApp({ routes: [Orders] });
    const response = await app.fetch(path, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ detail: `This path answers ${answered}.` });
  });

  test("HEAD of what answers no GET is 405 with Allow", async () => {
    await using app = await webApp({ routes: [Orders] });
    const response = await app.fetch("/orders/7", { method: "HEAD" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "DELETE, OPTIONS"]);
  });

  test("OPTIONS says what may be asked, and asks no handler", async () => {
    await using app = await webApp({ routes: [Orders, new Hono().options("/own", (c) => c.text("own"))] });
    const options = await app.fetch("/orders", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow"), await options.text()]).toEqual([
      204,
      "GET, HEAD, OPTIONS, POST",
      "",
    ]);
    expect((await app.fetch("/nowhere", { method: "OPTIONS" })).status).toBe(404);
    expect(await (await app.fetch("/own", { method: "OPTIONS" })).text()).toBe("own");
  });

  test("a preflight is for the CORS middleware that is there", async () => {
    const api = new Hono().use("*", cors()).get("/api", (c) => c.text("x"));
    await using app = await webApp({ routes: [api] });
    const headers = { origin: "https://other.example", "access-control-request-method": "GET" };
    const preflight = await app.fetch("/api", { method: "OPTIONS", headers });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    const answer = await app.fetch("/api", { headers });
    expect([await answer.text(), answer.headers.get("access-control-allow-origin")]).toEqual(["x", "*"]);
  });

  test("a route of every method is never 405", async () => {
    await using app = await webApp({ routes: new Hono().all("/any", (c) => c.notFound()) });
    expect((await app.fetch("/any", { method: "PUT" })).status).toBe(404);
  });

  test("HEAD is what GET would be, without the body", async () => {
    await using app = await webApp({ routes: [Orders], http: anyPort });
    const response = await fetch(new URL("/orders", app.url), { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "application/json",
      "",
    ]);
  });

  test("what is no HTTP is 400, and the connection ends", async () => {
    await using app = await webApp({ routes: [Orders], http: anyPort });
    await using wire = await Wire.open(app.port);
    wire.send("what?\r\n\r\n");
    expect(await wire.end()).toMatch(/^HTTP\/1\.1 400 /);
    await using host = await Wire.open(app.port);
    host.send("GET /orders HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
    expect(await host.end()).toMatch(/^HTTP\/1\.1 400 [\s\S]*"title":"Bad Request"/);
    expect(app.errors).toEqual([]);
  });
});

describe("H6 headers", () => {
  const everywhere = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-resource-policy": "same-origin",
  };
  const ofDocuments = {
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "origin-agent-cluster": "?1",
  };
  const hono = new Hono()
    .get("/text", (c) => c.text("x"))
    .get("/own", (c) => c.text("x", 200, { "x-frame-options": "DENY", "Cache-Control": "no-store" }))
    .get("/json", async (c) => c.json({}));
  const routes = [Orders, hono];

  test.each([
    ["in this process", false as const],
    ["by the port", anyPort],
  ])("are secured %s: pages, texts, errors, and data with what concerns data", async (_, http) => {
    await using app = await webApp({ routes, http });
    const ask = (path: string, accept = "*/*") =>
      http ? fetch(new URL(path, app.url), { headers: { accept } }) : app.fetch(path, { headers: { accept } });
    for (const [path, accept] of [["/text"], ["/nowhere"], ["/orders", browser]] as const) {
      expect(Object.fromEntries((await ask(path, accept)).headers)).toMatchObject({ ...everywhere, ...ofDocuments });
    }
    for (const path of ["/orders", "/json"]) {
      const headers = Object.fromEntries((await ask(path)).headers);
      expect(headers).toMatchObject(everywhere);
      expect(headers).not.toHaveProperty("referrer-policy");
    }
    expect((await ask("/text")).headers.get("content-type")).toBe("text/plain; charset=UTF-8");
    const own = (await ask("/own")).headers;
    expect([own.get("x-frame-options"), own.get("cache-control"), own.get("x-content-type-options")]).toEqual([
      "DENY",
      "no-store",
      "nosniff",
    ]);
  });

  test("may be added, changed and left out", async () => {
    await using app = await webApp({
      routes,
      http: {
        ...anyPort,
        headers: {
          "Strict-Transport-Security": "max-age=3600",
          "x-frame-options": "DENY",
          "Referrer-Policy": false,
          Vary: "Cookie",
        },
      },
    });
    for (const path of ["/text", "/orders", "/nowhere"]) {
      const { headers } = await fetch(new URL(path, app.url));
      expect(Object.fromEntries(headers)).toMatchObject({
        "strict-transport-security": "max-age=3600",
        "x-frame-options": "DENY",
        vary: "Cookie, Accept",
      });
      expect(headers.has("referrer-policy")).toBe(false);
    }
  });
});

describe("H7 app.fetch", () => {
  test("serves without a port", async () => {
    await using app = await webApp({ routes: [Orders], http: false });
    expect(await (await app.fetch("/orders")).json()).toEqual([]);
    expect(app.http.server?.url).toBeUndefined();
    expect(app.http.server?.isReady).toBe(true);
  });

  test("serves beside the port, as the same server", async () => {
    await using app = await webApp({ routes: [Orders], http: anyPort });
    expect(await (await app.fetch("/orders")).json()).toEqual(await (await fetch(new URL("/orders", app.url))).json());
  });

  test("answers 503 before the start, while it stops and afterwards", async () => {
    const app = await webApp({ routes: [Orders], http: false });
    await app.stop();
    const response = await app.fetch("/orders");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await response.json()).toMatchObject({ status: 503, title: "Service Unavailable" });
    const { WebApp } = await import("../web-app.ts");
    expect((await new WebApp({ routes: [Orders], http: false }).fetch("/orders")).status).toBe(503);
  });

  test("its signal is the caller's and the server's", async () => {
    const reasons: unknown[] = [];
    const asked = Promise.withResolvers<void>();
    const hono = new Hono<{ Bindings: { signal: AbortSignal } }>().get("/", async (c) => {
      const { signal } = c.env;
      asked.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      reasons.push(signal.reason);
      return c.text("");
    });
    await using app = await webApp({ routes: hono, http: false });
    const controller = new AbortController();
    const answer = app.fetch("/", { signal: controller.signal });
    await asked.promise;
    controller.abort("gone");
    await answer;
    expect(reasons).toEqual(["gone"]);
  });
});
