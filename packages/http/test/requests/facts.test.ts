import type { Fact } from "@pawl/kernel";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { Controller } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

class Post extends Controller {
  static override route = "/blog/:slug";
  load() {
    return {};
  }
}

const failing = new Hono().get("/failing", () => {
  throw new Error("no");
});

/** The facts of requests, without their time. */
function told(app: WebApp): readonly object[] {
  const facts: object[] = [];
  app.observe(
    ({ at: _, ...fact }: Fact) => void facts.push({ ...fact, ...("ms" in fact ? { ms: typeof fact.ms } : {}) }),
    {
      kinds: ["request.*"],
    },
  );
  return facts;
}

describe.each([
  ["by the port", anyPort],
  ["in this process", false as const],
])("§6 facts of requests %s", (_, http) => {
  const ask = async (app: WebApp, path: string, init?: RequestInit) => {
    await (await (http ? fetch(new URL(path, app.url), init) : app.fetch(path, init))).text();
    // The answer is told when it is out, which is after the client has it.
    await new Promise(setImmediate);
  };

  test("come in pairs, with who answers and by which route", async () => {
    await using app = await webApp({ routes: [Post, failing], http });
    const facts = told(app);
    await ask(app, "/blog/x?secret=1");
    const about = { path: "post", method: "GET", url: "/blog/x", route: "/blog/:slug" };
    expect(facts).toEqual([
      { kind: "request.started", ...about },
      { kind: "request.ended", ...about, status: 200, ms: "number" },
    ]);
  });

  test("tell what failed, and what nobody answers", async () => {
    await using app = await webApp({ routes: [Post, failing], http });
    const facts = told(app);
    await ask(app, "/failing");
    await ask(app, "/nowhere", { method: "POST" });
    const failed = { path: "http", method: "GET", url: "/failing", route: "/failing" };
    const lost = { path: "http", method: "POST", url: "/nowhere" };
    expect(facts).toEqual([
      { kind: "request.started", ...failed },
      {
        kind: "request.ended",
        ...failed,
        status: 500,
        ms: "number",
        error: expect.objectContaining({ message: "no" }),
      },
      { kind: "request.started", ...lost },
      { kind: "request.ended", ...lost, status: 404, ms: "number" },
    ]);
    expect(app.errors).toHaveLength(1);
  });

  test("are left out unless they are asked for", async () => {
    await using app = await webApp({ routes: [Post], http });
    const kinds: string[] = [];
    app.observe(({ kind }) => void kinds.push(kind));
    await ask(app, "/blog/x");
    expect(kinds).toEqual([]);
  });
});

test("§6 a client that has gone is told as 499, as soon as it has", async () => {
  const waiting = gate();
  const hono = new Hono().get("/", async (c) => {
    await waiting.pass();
    return c.text("");
  });
  await using app = await webApp({ routes: hono, http: anyPort });
  const ended = Promise.withResolvers<Fact>();
  app.observe(ended.resolve, { kinds: ["request.ended"] });
  {
    await using wire = await Wire.open(app.port);
    wire.get("/");
    await waiting.reached;
  }
  expect(await ended.promise).toMatchObject({ status: 499, route: "/" });
  waiting.open();
});
