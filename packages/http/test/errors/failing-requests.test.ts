import { Hono } from "hono";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Context, Controller, type ShellProps } from "../../src/index.ts";
import { browser, webApp } from "../web-app.ts";

class Failing extends Controller {
  static override route = "/failing/:how";
  async load(c: Context<"/failing/:how">) {
    switch (c.req.param("how")) {
      case "later":
        await null;
        throw new Error("the password is hunter2");
      case "text":
        // biome-ignore lint/style/useThrowOnlyError: some libraries do
        throw "the password is hunter2";
      case "bigint":
        return { big: 1n };
      case "unauthorized":
        throw new HTTPException(401, { message: "Say who you are." });
      case "own":
        throw new HTTPException(402, { res: new Response("pay first", { headers: { "X-Price": "3" } }) });
      case "bad-gateway":
        throw new HTTPException(502, { message: "The bank does not answer.", cause: new Error("hunter2") });
      case "view":
        return {};
      default:
        return c.notFound();
    }
  }
  override view(): string {
    throw new Error("the password is hunter2");
  }
}

class Sync extends Controller {
  static override route = "/sync";
  load() {
    throw new Error("the password is hunter2");
  }
}

const routes = [Failing, Sync];
const shell = ({ title, body }: ShellProps) => html`<title>${title}</title>${body}`;

describe("H3 a request that fails", () => {
  test.each(["/sync", "/failing/later", "/failing/bigint"])(
    "%s: 500 as a problem, nothing internal in it, its id in the report",
    async (path) => {
      await using app = await webApp({ routes });
      const response = await app.fetch(path);
      expect(response.status).toBe(500);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      const problem = (await response.json()) as { id: string };
      expect(problem).toEqual({
        type: "about:blank",
        title: "Internal Server Error",
        status: 500,
        id: expect.any(String),
      });
      const [told] = app.errors;
      const [name, route] = path === "/sync" ? ["sync", "/sync"] : ["failing", "/failing/:how"];
      expect(told?.origin).toEqual({ path: name, label: `request "GET ${route}" (${problem.id})` });
      expect(told?.error).toBeInstanceOf(Error);
      expect(app.errors).toHaveLength(1);
    },
  );

  test("a browser gets a page of it, in the shell, with the same id", async () => {
    await using app = await webApp({ routes, shell });
    const response = await app.page("/sync");
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    const page = await response.text();
    expect(page).toContain("<title>500 Internal Server Error</title><h1>500 Internal Server Error</h1>");
    expect(page).not.toContain("hunter2");
    const id = /<code>(.*)<\/code>/.exec(page)?.[1];
    expect(app.errors[0]?.origin.label).toBe(`request "GET /sync" (${id})`);
  });

  test("a view that fails is told like load", async () => {
    await using app = await webApp({ routes, shell });
    expect((await app.fetch("/failing/view")).status).toBe(200);
    expect((await app.page("/failing/view")).status).toBe(500);
    expect(app.errors.map(({ origin }) => origin.path)).toEqual(["failing"]);
  });

  test("a shell that fails leaves the plain page of the error, and both are told", async () => {
    await using app = await webApp({
      routes,
      shell: () => {
        throw new Error("hunter2: no shell today");
      },
    });
    const response = await app.page("/sync");
    const page = await response.text();
    expect(response.status).toBe(500);
    expect(page).toContain("<h1>500 Internal Server Error</h1>");
    expect(page).not.toContain("hunter2");
    expect(app.errors.map(({ origin }) => origin.label)).toEqual([
      expect.stringMatching(/^request "GET \/sync" \(.*\)$/),
      "the shell, for an error of GET /sync of Sync (routes[1])",
    ]);
  });

  test("what was thrown that is no Error is told as it is", async () => {
    await using app = await webApp({ routes });
    const response = await app.fetch("/failing/text");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("hunter2");
    expect(app.errors.map(({ error }) => error)).toEqual(["the password is hunter2"]);
  });

  test("an HTTPException keeps its status and what it says, and nobody is told of the client's faults", async () => {
    await using app = await webApp({ routes });
    const response = await app.fetch("/failing/unauthorized");
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "Say who you are.",
    });
    expect(app.errors).toEqual([]);
  });

  test("an HTTPException with a response of its own is answered with that", async () => {
    await using app = await webApp({ routes });
    const response = await app.fetch("/failing/own");
    expect([response.status, response.headers.get("x-price"), await response.text()]).toEqual([402, "3", "pay first"]);
  });

  test("an HTTPException of the server's own fault is told, and its message kept from the client", async () => {
    await using app = await webApp({ routes });
    const response = await app.fetch("/failing/bad-gateway");
    const problem = (await response.json()) as { id: string };
    expect(response.status).toBe(502);
    expect(problem).toEqual({ type: "about:blank", title: "Bad Gateway", status: 502, id: problem.id });
    expect(app.errors[0]?.origin.label).toContain(problem.id);
  });

  test("c.notFound() is 404, by Accept, also where the route takes the method", async () => {
    await using app = await webApp({ routes, shell });
    const json = await app.fetch("/failing/nowhere");
    expect([json.status, await json.json()]).toEqual([404, { type: "about:blank", title: "Not Found", status: 404 }]);
    const page = await app.page("/failing/nowhere");
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining("<h1>404 Not Found</h1>")]);
  });

  test("a Hono app keeps its own error handler; without one its errors are the server's", async () => {
    const own = new Hono().get("/own", () => {
      throw new Error("mine");
    });
    own.onError((error, c) => c.text(`own: ${error.message}`, 418));
    const plain = new Hono().get("/plain", async () => {
      throw new Error("the server's");
    });
    await using app = await webApp({ routes: [own, plain] });
    const handled = await app.fetch("/own");
    expect([handled.status, await handled.text()]).toEqual([418, "own: mine"]);
    expect((await app.fetch("/plain")).status).toBe(500);
    expect(app.errors.map(({ origin }) => [origin.path, origin.label.replace(/ \(.*/, "")])).toEqual([
      ["http", 'request "GET /plain"'],
    ]);
  });

  test("headers that were set before it failed do not go out with the error", async () => {
    class Cached extends Controller {
      static override route = "/cached";
      load(c: Context) {
        c.header("Cache-Control", "max-age=3600");
        throw new Error("no");
      }
    }
    await using app = await webApp({ routes: [Cached] });
    const response = await app.fetch("/cached", { headers: { accept: browser } });
    expect(response.headers.get("cache-control")).toBeNull();
    expect(app.errors).toHaveLength(1);
  });
});

describe("H3 errors on the console", () => {
  afterEach(() => vi.restoreAllMocks());

  test("nothing is written there: not by Hono either", async () => {
    const written = vi.spyOn(process.stderr, "write");
    await using app = await webApp({
      routes: [...routes, new Hono().get("/hono", () => Promise.reject(new Error("no")))],
    });
    await app.fetch("/sync");
    await app.fetch("/hono");
    expect(app.errors).toHaveLength(2);
    expect(written).not.toHaveBeenCalled();
  });
});
