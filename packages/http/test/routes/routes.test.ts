import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { Controller } from "../../src/index.ts";
import { bySpecificity, faultOf, nameOfPath, routeOfFile, shapesOf } from "../../src/routes/route-path.ts";
import { WebApp, webApp } from "../web-app.ts";

/** A controller at `path` that says so. */
function at(path: string, add?: (router: Hono) => void) {
  class Here extends Controller {
    static override route = path;
    load() {
      return { at: path };
    }
    override routes(router: Hono) {
      add?.(router);
    }
  }
  return Here;
}

async function answers(routes: ConstructorParameters<typeof WebApp>[0]["routes"], paths: readonly string[]) {
  await using app = await webApp({ routes: routes as never });
  const found: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await app.fetch(path);
    found[path] = response.ok ? ((await response.json()) as { at: string }).at : response.status;
  }
  return found;
}

describe("H4 two routes with one path fail the boot", () => {
  const hono = (method: "get" | "post" | "all", path: string) => new Hono()[method](path, (c) => c.text(path));

  test.each([
    [
      "two controllers",
      [at("/a"), at("/a")],
      "GET /a of Here (routes[1]): GET /a of Here (routes[0]) answers there already",
    ],
    [
      "parameters of other names",
      [at("/a/:x"), at("/a/:y")],
      "GET /a/:y of Here (routes[1]): GET /a/:x of Here (routes[0]) answers there already",
    ],
    [
      "a controller and a Hono app",
      [at("/a"), hono("get", "/a")],
      "GET /a of the Hono app routes[1]: GET /a of Here (routes[0]) answers there already",
    ],
    [
      "a Hono app that takes every method",
      [hono("all", "/a"), at("/a")],
      "GET /a of Here (routes[1]): every method of /a of the Hono app routes[0] answers there already",
    ],
    [
      "two Hono apps",
      [hono("post", "/a/:id"), hono("post", "/a/:name")],
      "POST /a/:name of the Hono app routes[1]: POST /a/:id of the Hono app routes[0] answers there already",
    ],
    [
      "load and a route of one controller",
      [at("/a", (router) => router.get("/", (c) => c.text("")))],
      "GET /a of Here (routes[0]): GET /a in routes(router) of Here (routes[0]) answers there already",
    ],
    [
      "an optional parameter",
      [at("/a"), hono("get", "/a/:b?")],
      "GET /a/:b? of the Hono app routes[1]: GET /a of Here (routes[0]) answers there already",
    ],
  ])("%s", async (_, routes, message) => {
    const app = new WebApp({ routes, http: false });
    await expect(app.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_ROUTE_TAKEN",
      message: `${message}. Give one of them another path`,
    });
    expect(app.state).toBe("failed");
    expect(app.inspect().services).toEqual([]);
  });

  test.each([
    ["other methods", [at("/a"), hono("post", "/a")]],
    ["parameters of other patterns", [at("/a/:x{[0-9]+}"), at("/a/:y")]],
    ["what comes deeper", [at("/a"), at("/a/b"), at("/a/:x/c")]],
    ["all beside get in one app", [new Hono().get("/a", (c) => c.text("")).all("/a", (c) => c.text("", 405))]],
    ["middleware of one path", [new Hono().use("/a", (_, next) => next()), at("/a")]],
  ])("%s do not collide", async (_, routes) => {
    await using app = await webApp({ routes });
    expect(app.state).toBe("running");
  });
});

describe("H4 the more specific route answers, wherever it is listed", () => {
  const paths = ["/blog/new", "/blog/:slug", "/blog/:slug/comments", "/blog/:id{[0-9]+}", "/:rest{.+}", "/blog", "/"];
  const expected = {
    "/": "/",
    "/blog": "/blog",
    "/blog/new": "/blog/new",
    "/blog/7": "/blog/:id{[0-9]+}",
    "/blog/x": "/blog/:slug",
    "/blog/x/comments": "/blog/:slug/comments",
    "/blog/x/else": "/:rest{.+}",
    "/what/ever": "/:rest{.+}",
  };

  test("in every order", async () => {
    for (let turn = 0; turn < paths.length; turn++) {
      const order = [...paths.slice(turn), ...paths.slice(0, turn)];
      for (const listed of [order, order.toReversed()]) {
        expect(
          await answers(
            listed.map((path) => at(path)),
            Object.keys(expected),
          ),
        ).toEqual(expected);
      }
    }
  });

  test("between controllers, their own routes and Hono apps", async () => {
    const told = (path: string) => (router: Hono) => void router.get(path, (c) => c.json({ at: `sub ${path}` }));
    const app = new Hono().get("/orders/last", (c) => c.json({ at: "hono" }));
    const routes = [at("/orders/:id"), at("/orders", told("/new")), app];
    const expectedHere = {
      "/orders": "/orders",
      "/orders/new": "sub /new",
      "/orders/last": "hono",
      "/orders/7": "/orders/:id",
    };
    expect(await answers(routes, Object.keys(expectedHere))).toEqual(expectedHere);
    expect(await answers(routes.toReversed(), Object.keys(expectedHere))).toEqual(expectedHere);
  });

  test("bySpecificity agrees with itself: it orders any paths in one way", () => {
    const all = [...paths, "/a", "/a/*", "/a/:x", "/a/b/:c", "/a/:x/c", "/a/:x?", "/*", "*", "/a/:x{[a-z]+}/d"];
    for (const a of all) {
      expect(bySpecificity(a, a)).toBe(0);
      for (const b of all) {
        expect(Math.sign(bySpecificity(a, b)) + Math.sign(bySpecificity(b, a))).toBe(0);
        for (const c of all) {
          if (bySpecificity(a, b) <= 0 && bySpecificity(b, c) <= 0) expect(bySpecificity(a, c)).toBeLessThanOrEqual(0);
        }
      }
    }
  });
});

describe("H4 what routes may be", () => {
  const misuses: readonly (readonly [string, unknown, string])[] = [
    [
      "a controller without a route",
      [
        class NoRoute extends Controller {
          load() {}
        },
      ],
      'routes[0]: the controller NoRoute does not say where it answers; add static override route = "/…"',
    ],
    [
      "a route without a slash",
      [at("dashboard")],
      'routes[0]: Here.route is "dashboard"; it must begin with a slash: "/dashboard"',
    ],
    [
      "a route with a query",
      [at("/a?b=c")],
      'routes[0]: Here.route is "/a?b=c"; it must be a path alone, without query, fragment or space',
    ],
    ["a route with two slashes", [at("/a//b")], 'routes[0]: Here.route is "/a//b"; it has two slashes in a row'],
    [
      "an instance",
      [new (at("/a"))()],
      "routes[0]: an instance of Here is no route; give a class that extends Controller, or a Hono app",
    ],
    [
      "another class",
      [class Other {}],
      "routes[0]: Other is no route; give a class that extends Controller, or a Hono app",
    ],
    [
      "a list in the list",
      [[at("/a")]],
      "routes[0]: a list is no route; give a class that extends Controller, or a Hono app",
    ],
    ["nothing", [undefined], "routes[0]: undefined is no route; give a class that extends Controller, or a Hono app"],
    [
      "an address",
      new URL("http://localhost/routes"),
      'routes: http://localhost/routes is no directory of this machine; give new URL("./routes/", import.meta.url)',
    ],
  ];

  test.each(misuses)("%s is refused when the app is made", (_, routes, message) => {
    const make = () => new WebApp({ routes: routes as never });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(expect.objectContaining({ code: "PAWL_HTTP_BAD_ROUTE", message }));
  });

  test("a Hono app alone", async () => {
    await using app = await webApp({ routes: new Hono().get("/x", (c) => c.text("x")) });
    expect(await (await app.fetch("/x")).text()).toBe("x");
  });

  test("none: everything is 404", async () => {
    await using app = await webApp({ routes: [] });
    expect((await app.fetch("/")).status).toBe(404);
  });

  test("a path that Hono cannot take fails the start, naming the path", async () => {
    await expect(new WebApp({ routes: [at("/a/:x{(}")], http: false }).start()).rejects.toMatchObject({
      code: "PAWL_HTTP_BAD_ROUTE",
      message: expect.stringContaining("/a/:x{(}"),
    });
  });
});

describe("H4 paths", () => {
  test.each([
    ["index.ts", "/"],
    ["blog/index.ts", "/blog"],
    ["blog/[slug].ts", "/blog/:slug"],
    ["blog/[slug]/comments.mjs", "/blog/:slug/comments"],
    ["[...rest].ts", "/:rest{.+}"],
    ["docs/v1.2/[...path].ts", "/docs/v1.2/:path{.+}"],
    ["robots.txt.ts", "/robots.txt"],
  ])("the file %s answers at %s", (file, path) => {
    expect(routeOfFile(file)).toEqual({ path });
    expect(faultOf(path)).toBeUndefined();
  });

  test.each([
    "a[b].ts",
    "[a-b].ts",
    "[[a]].ts",
    "[...rest]/more.ts",
    ":a.ts",
    "a b.ts",
    "*.ts",
    "{a}.ts",
    "[].ts",
    "ä.ts",
  ])("the file %s can be no route, and the fault says why", (file) => {
    expect(routeOfFile(file)).toEqual({ fault: expect.any(String) });
  });

  test("are told apart without the names of parameters", () => {
    expect(shapesOf("/a/:b/:c{[0-9]+}")).toEqual(["/a/:/:{[0-9]+}"]);
    expect(shapesOf("/a/:b?")).toEqual(["/a", "/a/:"]);
    expect(shapesOf("/")).toEqual(["/"]);
    expect(shapesOf("/:any{a/b}/x")).toEqual(["/:{a/b}/x"]);
  });

  test("give a name to what has none", () => {
    expect(["/", "/blog/:slug", "/a-b/:id{[0-9]+}"].map(nameOfPath)).toEqual(["root", "blogSlug", "aBId"]);
  });
});
