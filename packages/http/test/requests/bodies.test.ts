import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { text as consume } from "node:stream/consumers";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { Controller, type Router } from "../../src/index.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

/** Takes bodies in every form, and says how long they are. */
class Inbox extends Controller {
  static override route = "/inbox";
  load() {}
  override routes(router: Router) {
    router.post("/json", async (c) => c.json(await c.req.json()));
    router.post("/text", async (c) => c.json((await c.req.text()).length));
    router.post("/bytes", async (c) => c.json((await c.req.arrayBuffer()).byteLength));
    router.post("/form", async (c) => c.json(Object.keys(await c.req.parseBody())));
    router.post("/raw", async (c) => c.json(((await c.req.raw.text()) as string).length));
    router.post("/streamed", async (c) => c.json((await consume(c.env.incoming as IncomingMessage)).length));
    router.post("/piped", async (c) => {
      const sink = new PassThrough();
      c.env.incoming?.pipe(sink);
      return c.json((await consume(sink)).length);
    });
    router.post("/unread", (c) => c.text("done"));
    router.post("/caught", async (c) => {
      await c.req.text().catch(() => {});
      return c.text("caught");
    });
    router.post("/parse", async (c) => {
      await c.req.text();
      return c.json(JSON.parse("{ not the body"));
    });
  }
}

const post = (
  app: WebApp,
  path: string,
  body: NonNullable<RequestInit["body"]>,
  headers: Readonly<Record<string, string>> = {},
) => fetch(new URL(`/inbox/${path}`, app.url), { method: "POST", body, headers, duplex: "half" } as RequestInit);

/** A body whose length nobody declares. */
const chunked = (size: number) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let left = size; left > 0; left -= 1_000) controller.enqueue(new Uint8Array(Math.min(left, 1_000)).fill(32));
      controller.close();
    },
  });

const limit = 10_000;
const served = () => webApp({ routes: [Inbox], http: { ...anyPort, bodyLimit: limit } });

describe("H6 bodies", () => {
  test.each(["text", "bytes", "raw"])("%s: one as large as the limit is read, declared or not", async (how) => {
    await using app = await served();
    expect(await (await post(app, how, " ".repeat(limit))).json()).toBe(limit);
    expect(await (await post(app, how, chunked(limit))).json()).toBe(limit);
  });

  test.each(["json", "text", "bytes", "form", "raw"])(
    "%s: one that declares more is 413 before it is read",
    async (how) => {
      await using app = await served();
      const response = await post(app, how, " ".repeat(limit + 1));
      expect(response.status).toBe(413);
      expect(await response.json()).toEqual({
        type: "about:blank",
        title: "Payload Too Large",
        status: 413,
        detail: "The body may have at most 10000 bytes.",
      });
      expect(app.errors).toEqual([]);
    },
  );

  test.each(["json", "text", "bytes", "raw"])("%s: one that turns out to be larger is 413", async (how) => {
    await using app = await served();
    expect((await post(app, how, chunked(limit + 1))).status).toBe(413);
    expect(app.errors).toEqual([]);
  });

  test("a form that turns out to be larger is 413", async () => {
    await using app = await served();
    const response = await post(app, "form", chunked(limit + 1), {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(response.status).toBe(413);
  });

  test("a handler may deal with it itself", async () => {
    await using app = await served();
    expect(await (await post(app, "caught", chunked(limit + 1))).text()).toBe("caught");
  });

  test("one that nobody reads does no harm, and the connection serves on", async () => {
    await using app = await served();
    await using wire = await Wire.open(app.port);
    wire.send(`POST /inbox/unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${limit}\r\n\r\n`);
    wire.send(" ".repeat(limit));
    await wire.until((received) => received.includes("done"));
    wire.get("/nowhere");
    expect(await wire.until((received) => received.includes("404"))).toContain("404");
  });

  test("the limit is 1 MiB unless http says another, and may be none", async () => {
    const inbox = new Hono().post("/", async (c) => c.json((await c.req.text()).length));
    await using plain = await webApp({ routes: inbox, http: anyPort });
    const ask = async (app: WebApp, size: number) =>
      (await fetch(app.url, { method: "POST", body: " ".repeat(size) })).status;
    expect(await ask(plain, 1_048_576)).toBe(200);
    expect(await ask(plain, 1_048_577)).toBe(413);
    await using open = await webApp({ routes: inbox, http: { ...anyPort, bodyLimit: Number.POSITIVE_INFINITY } });
    expect(await ask(open, 3_000_000)).toBe(200);
    const response = await fetch(open.url, { method: "POST", body: chunked(3_000_000), duplex: "half" } as RequestInit);
    expect(await response.json()).toBe(3_000_000);
  });

  test("it holds in this process too, whatever length is declared", async () => {
    await using app = await webApp({ routes: [Inbox], http: false });
    const request = (body: NonNullable<RequestInit["body"]>, headers = {}) =>
      app.fetch("/inbox/text", { method: "POST", body, headers, duplex: "half" } as RequestInit);
    expect((await request(" ".repeat(1_048_577))).status).toBe(413);
    expect((await request(chunked(1_048_577), { "content-length": "3" })).status).toBe(413);
    expect(await (await request("four")).json()).toBe(4);
  });
});

describe("H6 malformed bodies", () => {
  test.each(["{", "", "nope", '{"a":1}}', "\u0000", "[1,"])(
    "c.req.json() of %j is 400, and no error of the program",
    async (body) => {
      await using app = await served();
      const response = await post(app, "json", body, { "content-type": "application/json" });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ title: "Bad Request", detail: "The body is not valid JSON." });
      expect(app.errors).toEqual([]);
    },
  );

  test("a form that is none is 400", async () => {
    await using app = await served();
    const response = await post(app, "form", "no parts", { "content-type": "multipart/form-data; boundary=x" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: "The body is no valid form." });
  });

  test("a SyntaxError from anything else is the program's: 500, and told", async () => {
    await using app = await served();
    expect((await post(app, "parse", "{}")).status).toBe(500);
    expect(app.errors.map(({ error }) => error)).toEqual([expect.any(SyntaxError)]);
  });

  test.each(["text", "bytes", "raw", "streamed", "piped"])("%s: one that never comes is empty", async (how) => {
    await using app = await served();
    await using wire = await Wire.open(app.port);
    // Neither a length nor chunks, as curl -X POST sends it; and once more on the connection that is left open.
    for (let asked = 1; asked <= 2; asked++) {
      wire.send(`POST /inbox/${how} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await wire.until((received) => received.split("\r\n\r\n0").length > asked);
    }
    expect(wire.received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(app.errors).toEqual([]);
  });

  test("a client that goes in the middle of its body is no error of the program", async () => {
    await using app = await served();
    {
      await using wire = await Wire.open(app.port);
      wire.send("POST /inbox/text HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
      const inFlight = () => app.inspect().services.find(({ name }) => name === "inbox")?.inFlight.length;
      while (inFlight() !== 1) await new Promise(setImmediate);
    }
    const inFlight = () => app.inspect().services.find(({ name }) => name === "inbox")?.inFlight.length;
    while (inFlight() !== 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(app.errors).toEqual([]);
  });
});
