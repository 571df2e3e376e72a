import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { describe, expect, test } from "vitest";
import { Controller, type HttpEnv } from "../../src/index.ts";
import { webApp } from "../web-app.ts";

/** Says in a header that it was around the answer. */
const mark = (name: string) =>
  createMiddleware(async (c, next) => {
    await next();
    c.header("X-Around", name, { append: true });
  });

const controller = (route: string, add: (router: Hono<HttpEnv>) => void = () => {}) =>
  class extends Controller {
    static override route = route;
    load() {
      return {};
    }
    override routes(router: Hono<HttpEnv>) {
      add(router);
    }
  };

const around = async (response: Response | Promise<Response>) => (await response).headers.get("x-around");

describe("H1 middleware of a controller", () => {
  test("wraps all of that controller, load included, and no other, whatever paths it matches", async () => {
    const orders = controller("/orders", (router) => router.use("*", mark("orders")).get("/:id", (c) => c.json({})));
    await using app = await webApp({
      routes: [orders, controller("/orders/new"), new Hono().get("/orders/hono", (c) => c.text(""))],
    });
    expect(await around(app.fetch("/orders"))).toBe("orders");
    expect(await around(app.fetch("/orders/7"))).toBe("orders");
    expect(await around(app.fetch("/orders/new"))).toBeNull();
    expect(await around(app.fetch("/orders/hono"))).toBeNull();
  });

  test("wraps what is added after it, not what was before", async () => {
    const orders = controller("/orders", (router) =>
      router
        .get("/open", (c) => c.text(""))
        .use("*", mark("guard"))
        .get("/closed", (c) => c.text("")),
    );
    await using app = await webApp({ routes: [orders] });
    expect(await around(app.fetch("/orders/open"))).toBeNull();
    expect(await around(app.fetch("/orders/closed"))).toBe("guard");
    expect(await around(app.fetch("/orders"))).toBe("guard");
  });

  test("wraps a controller whose path has an optional end in both its forms, once", async () => {
    const blog = controller("/blog/:slug?", (router) =>
      router
        .use("*", mark("all"))
        .use("/:id/*", mark("id"))
        .use("/admin/*", mark("admin"))
        .get("/admin/x", (c) => c.json({}))
        .get("/one", mark("one"), (c) => c.json({})),
    );
    await using app = await webApp({ routes: [blog] });
    expect(await around(app.fetch("/blog"))).toBe("all");
    expect(await around(app.fetch("/blog/a"))).toBe("id, all");
    expect(await around(app.fetch("/blog/one"))).toBe("one, id, all");
    expect(await around(app.fetch("/blog/a/one"))).toBe("one, id, all");
    expect(await around(app.fetch("/blog/admin/x"))).toBe("admin, id, all");
    expect(await around(app.fetch("/blog/a/admin/x"))).toBe("admin, id, all");
  });

  test("may answer in its place, and see its errors", async () => {
    const seen: unknown[] = [];
    const guarded = controller("/guarded", (router) =>
      router
        .use("*", async (c, next) => {
          if (!c.req.header("authorization")) return c.text("who are you?", 401);
          await next();
          seen.push(c.error?.message);
          return undefined;
        })
        .get("/fails", () => {
          throw new Error("seen by the middleware");
        }),
    );
    await using app = await webApp({ routes: [guarded] });
    expect((await app.fetch("/guarded")).status).toBe(401);
    const headers = { authorization: "me" };
    expect((await app.fetch("/guarded", { headers })).status).toBe(200);
    expect((await app.fetch("/guarded/fails", { headers })).status).toBe(500);
    expect(seen).toEqual([undefined, "seen by the middleware"]);
    expect(app.errors.map(({ origin }) => origin.path)).toEqual(["guarded"]);
  });

  test("one request through middleware and handler is one call of the controller", async () => {
    const calls: string[] = [];
    class Watched extends Controller {
      static override route = "/watched";
      load() {
        return {};
      }
      override routes(router: Hono<HttpEnv>) {
        router.use("*", async (_, next) => {
          await null;
          const { inFlight } = this.app.inspect().services[0] ?? { inFlight: [] };
          calls.push(...inFlight.map(({ what }) => what));
          await next();
        });
      }
    }
    await using app = await webApp({ routes: [Watched] });
    await app.fetch("/watched");
    expect(calls).toEqual(['request "ALL /watched/*"']);
  });
});

describe("H4 middleware of a Hono app", () => {
  test("wraps the app's own routes and stays out of the rest", async () => {
    const api = new Hono().use("*", mark("api")).get("/api/x", (c) => c.text("x"));
    await using app = await webApp({ routes: [api, controller("/page"), new Hono().get("/other", (c) => c.text(""))] });
    expect(await around(app.fetch("/api/x"))).toBe("api");
    expect(await around(app.fetch("/page"))).toBeNull();
    expect(await around(app.fetch("/other"))).toBeNull();
  });

  test("of an app with nothing else wraps all that is listed after it", async () => {
    const everywhere = new Hono().use("*", mark("everywhere"));
    const first = controller("/first");
    const second = controller("/second", (router) => router.use("*", mark("second")));
    await using app = await webApp({ routes: [first, everywhere, second] });
    expect(await around(app.fetch("/first"))).toBeNull();
    expect(await around(app.fetch("/second"))).toBe("second, everywhere");
  });

  test("answers where no route does, as the one for static files or CORS does", async () => {
    const files = new Hono<HttpEnv>().use("/static/*", async (c, next) =>
      c.req.path.endsWith(".css") ? c.text("css") : next(),
    );
    await using app = await webApp({ routes: [controller("/page"), files] });
    expect(await (await app.fetch("/static/a.css")).text()).toBe("css");
    expect((await app.fetch("/static/a.js")).status).toBe(404);
  });

  test("a route with middleware of its own keeps it", async () => {
    const app = new Hono().post("/x", mark("validator"), (c) => c.text("x"));
    await using served = await webApp({ routes: [app] });
    expect(await around(served.fetch("/x", { method: "POST" }))).toBe("validator");
  });

  test("knows the paths that Hono tells", async () => {
    const { basePath, routePath } = await import("hono/route");
    const inner = new Hono().get("/:id", (c) => c.json([routePath(c), basePath(c)]));
    await using app = await webApp({ routes: new Hono().route("/deep", inner) });
    expect(await (await app.fetch("/deep/7")).json()).toEqual(["/deep/:id", "/deep"]);
  });
});
