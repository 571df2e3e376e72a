import { Service } from "@pawl/kernel";
import { isCollected } from "@pawl/testing";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { type Context, Controller, ListenError } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { anyPort, WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

describe("H5 the server", () => {
  test("listens last, when everything is ready", async () => {
    const told: string[] = [];
    class Db extends Service {
      override onReady() {
        told.push(`db ready, ${app.http.server ? "listening" : "no server yet"}`);
      }
    }
    const app = new WebApp({ providers: { db: Db }, routes: [], http: anyPort });
    app.observe(({ kind }) => void told.push(kind), { kinds: ["service.started", "kernel.started"] });
    await app.start();
    expect(told).toEqual(["service.started", "db ready, no server yet", "service.started", "kernel.started"]);
    expect(app.http.server?.isReady).toBe(true);
    await app.stop();
    expect(app.http.server?.isReady).toBe(false);
    expect(app.http.server?.url).toBeUndefined();
  });

  test("says in the tree where it listens and what it holds", async () => {
    const waiting = gate();
    const hono = new Hono().get("/wait", async (c) => {
      await waiting.pass();
      return c.text("done");
    });
    await using app = await webApp({ routes: hono, http: anyPort });
    await using wire = await Wire.open(app.port);
    wire.get("/wait");
    await waiting.reached;
    const [http] = app.inspect().services;
    expect(http?.activities).toEqual([
      { kind: "server", label: "connections", at: [`http://127.0.0.1:${app.port}`], open: 1, inFlight: 1 },
      { kind: "server", label: "requests", routes: 4, answered: 1 },
    ]);
    expect(http?.inFlight).toEqual([{ what: 'request "GET /wait"', ms: 0 }]);
    waiting.open();
    await wire.until((received) => received.includes("done"));
  });

  test("fails the start where its port is taken, with what to do", async () => {
    await using app = await webApp({ routes: [], http: anyPort });
    const { port } = app;
    const second = new WebApp({ routes: [], http: { ...anyPort, port } });
    const error: unknown = await second.start().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({
      code: "PAWL_HTTP_PORT_IN_USE",
      path: "http",
      message: `http: port ${port} is taken on 127.0.0.1, by another program or another app of this one. Stop that one, or choose another port (0 takes any free one): http: { port: ${port + 1} }`,
      cause: { code: "EADDRINUSE" },
    });
    expect(second.state).toBe("failed");
    await app.stop();
    await second.start();
    await second.stop();
  });

  test("fails the start where it cannot listen at all", async () => {
    const app = new WebApp({ routes: [], http: { port: 0, host: "192.0.2.1" } });
    await expect(app.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_CANNOT_LISTEN",
      message: "http: cannot listen on 192.0.2.1, port 0 (EADDRNOTAVAIL). Correct the address: http: { host }",
    });
  });

  test.each([
    [{ port: 70_000 }, "http: { port: 70000 }"],
    [{ port: 1.5 }, "http: { port: 1.5 }"],
    [{ port: "3000" }, "http: { port: 3000 }"],
    [{ host: "" }, "http: { host }"],
    [{ socket: "" }, "http: { socket }: it must be a path"],
    [{ socket: 5 }, "http: { socket }: it must be a path"],
    [{ socket: "/a\0b" }, "http: { socket }: it must be a path"],
    [{ socket: `/${"a".repeat(120)}` }, "bytes at most; choose a shorter path"],
    [{ socket: "/a", socketMode: 0o1777 }, "http: { socketMode: 1023 }: it must be a mode, such as 0o660"],
    [{ socket: "/a", socketMode: "660" }, "http: { socketMode: 660 }: it must be a mode, such as 0o660"],
    [[], "http: it must be an object of options, such as { port: 3000 }, or false"],
    [true, "http: it must be an object of options, such as { port: 3000 }, or false"],
    [null, "http: it must be an object of options, such as { port: 3000 }, or false"],
    [3000, "http: it must be an object of options, such as { port: 3000 }, or false"],
    [{ bodyLimit: 0 }, "http: { bodyLimit: 0 }"],
    [{ bodyLimit: Number.NaN }, "http: { bodyLimit: NaN }"],
    [{ headers: { "X Y": "z" } }, 'http: { headers }: "X Y"'],
    [{ headers: { "X-Y": "a\nb" } }, 'http: { headers }: "X-Y"'],
  ])("refuses %j when the app is made", (http, message) => {
    const make = () => new WebApp({ routes: [], http: http as never });
    expect(make).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION", message: expect.stringContaining(message) }),
    );
  });

  test("refuses a shell that is none when the app is made", () => {
    expect(() => new WebApp({ routes: [], shell: "<html>" as never })).toThrow(
      expect.objectContaining({
        code: "PAWL_BAD_OPTION",
        message: "shell: it must be a function that gives a document, not string",
      }),
    );
  });

  test("refuses a drainDelay that is no duration, and one that stopTimeout would cut short", async () => {
    expect(() => new WebApp({ routes: [], http: { drainDelay: "3 sec" as never } })).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_DURATION" }),
    );
    const app = new WebApp({ routes: [], http: { ...anyPort, drainDelay: "10s" } });
    await expect(app.start()).rejects.toThrow(
      "http: drainDelay (10s) must be shorter than stopTimeout (10s), which bounds it; raise stopTimeout",
    );
  });

  test("an app without routes takes no port, unless http asks for one", async () => {
    await using none = await webApp({ http: undefined as never });
    expect(none.inspect().services).toEqual([]);
    await using asked = await webApp({ http: anyPort });
    expect(asked.port).toBeGreaterThan(0);
  });

  test("its address names what people type", async () => {
    await using everywhere = await webApp({ routes: [], http: { port: 0 } });
    expect(everywhere.url.href).toBe(`http://localhost:${everywhere.port}/`);
    await using here = await webApp({ routes: [], http: { port: 0, host: "127.0.0.1" } });
    expect(here.url.href).toBe(`http://127.0.0.1:${here.port}/`);
  });

  test("two apps in one process never meet", async () => {
    const saying = (text: string) => new Hono().get("/", (c) => c.text(text));
    await using one = await webApp({ routes: saying("one"), http: anyPort });
    await using two = await webApp({ routes: saying("two"), http: anyPort });
    expect(await (await fetch(one.url)).text()).toBe("one");
    expect(await (await fetch(two.url)).text()).toBe("two");
    await one.stop();
    expect(await (await fetch(two.url)).text()).toBe("two");
  });

  test("nothing refers to it when it has stopped", async () => {
    const run = async () => {
      class Page extends Controller {
        static override route = "/page";
        load(c: Context) {
          void c.env.signal;
          return {};
        }
      }
      const app = new WebApp({ routes: [Page], http: anyPort });
      await app.start();
      await (await fetch(new URL("/page", app.url), { headers: { connection: "close" } })).json();
      await app.stop();
      return app;
    };
    expect(await isCollected(run)).toBe(true);
  });
});

describe("c.env.signal", () => {
  test("is aborted when the client goes, and what rejects with that is no failure", async () => {
    const heard = gate();
    const waiting = gate();
    class Wait extends Controller {
      static override route = "/wait";
      async load(c: Context) {
        void waiting.pass();
        const { signal } = c.env;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        heard.open();
        throw signal.reason as Error;
      }
    }
    await using app = await webApp({ routes: [Wait], http: anyPort });
    {
      await using wire = await Wire.open(app.port);
      wire.get("/wait");
      await waiting.reached;
    }
    await heard.opened;
    await new Promise(setImmediate);
    expect(app.errors).toEqual([]);
  });

  test("is not aborted by an answer that was sent", async () => {
    let signal: AbortSignal | undefined;
    const hono = new Hono<{ Bindings: { signal: AbortSignal } }>().get("/", (c) => {
      signal = c.env.signal;
      return c.text("sent");
    });
    await using app = await webApp({ routes: hono, http: anyPort });
    await (await fetch(app.url)).text();
    await app.stop();
    expect(signal?.aborted).toBe(false);
  });

  test("that is asked for after the client has gone is aborted already", async () => {
    const waiting = gate();
    const aborted = Promise.withResolvers<boolean>();
    const hono = new Hono<{ Bindings: { signal: AbortSignal } }>().get("/", async (c) => {
      await waiting.pass();
      aborted.resolve(c.env.signal.aborted);
      return c.text("");
    });
    await using app = await webApp({ routes: hono, http: anyPort });
    {
      await using wire = await Wire.open(app.port);
      wire.get("/");
      await waiting.reached;
    }
    // The server has seen the end when it has no connection any more.
    const connections = () => app.inspect().services[0]?.activities[0]?.["open"];
    while (connections() !== 0) await new Promise(setImmediate);
    waiting.open();
    expect(await aborted.promise).toBe(true);
  });
});

describe("H3 a stream", () => {
  test("that fails on its way is told, and the connection is cut: half is not taken for the whole", async () => {
    let begun = false;
    const failing = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (begun) controller.error(new Error("the disk is gone"));
        else controller.enqueue(new TextEncoder().encode("half"));
        begun = true;
      },
    });
    const hono = new Hono().get("/half", (c) => c.body(failing as never));
    await using app = await webApp({ routes: hono, http: anyPort });
    const response = await fetch(new URL("/half", app.url));
    await expect(response.text()).rejects.toThrow();
    expect(app.errors.map(({ error, origin }) => [(error as Error).message, origin])).toEqual([
      ["the disk is gone", { path: "http", label: 'the answer to "GET /half", while it was sent' }],
    ]);
  });

  test("is cancelled when its client goes", async () => {
    const cancelled = Promise.withResolvers<void>();
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("more")),
      cancel: () => cancelled.resolve(),
    });
    await using app = await webApp({ routes: new Hono().get("/", (c) => c.body(endless as never)), http: anyPort });
    {
      await using wire = await Wire.open(app.port);
      wire.get("/");
      await wire.until((received) => received.includes("more"));
    }
    await cancelled.promise;
  });

  test("that a HEAD request asked for is never begun", async () => {
    const cancelled = Promise.withResolvers<void>();
    class Feed extends Controller {
      static override route = "/feed";
      load() {
        return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }), {
          headers: { "X-Feed": "yes" },
        });
      }
    }
    await using app = await webApp({ routes: [Feed], http: anyPort });
    const response = await fetch(new URL("/feed", app.url), { method: "HEAD" });
    expect([response.status, response.headers.get("x-feed"), await response.text()]).toEqual([200, "yes", ""]);
    await cancelled.promise;
  });
});
