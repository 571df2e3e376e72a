import { describe, expect, test } from "vitest";
import { anyPort, webApp } from "../web-app.ts";
import { json, Shop } from "./shop.ts";

const limit = 2_000;
const served = async () => {
  const shop = new Shop();
  const app = await webApp({ providers: { shop }, http: { ...anyPort, bodyLimit: limit } });
  const send = async (body: string | undefined, headers: Record<string, string> = json, action = "echo") => {
    const init = { method: "POST", headers, body: body ?? null, duplex: "half" } as RequestInit;
    const answers = [await app.fetch(`/shop/${action}`, init), await fetch(new URL(`/shop/${action}`, app.url), init)];
    expect(answers[0]?.status).toBe(answers[1]?.status);
    return answers[0] as Response;
  };
  return { app, shop, send };
};

describe("H6 bodies of actions", () => {
  test("one that is larger than the limit is 413", async () => {
    const { app, shop, send } = await served();
    await using _ = app;
    expect((await send(JSON.stringify("x".repeat(limit - 2)))).status).toBe(200);
    const refused = await send(JSON.stringify("x".repeat(limit)));
    expect(refused.status).toBe(413);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(shop.seen).toHaveLength(2);
  });

  test.each(["{", "{'a':1}", "undefined", "NaN", "[1,]", "\u0000", '"\u0001"', "{} {}", " ", "\ufeff"])(
    "%j is malformed, 400",
    async (body) => {
      const { app, shop, send } = await served();
      await using _ = app;
      const response = await send(body);
      // A mark of the byte order alone is no body.
      expect(response.status).toBe(body === "\ufeff" ? 204 : 400);
      if (body !== "\ufeff") expect(await response.json()).toMatchObject({ detail: "The body is not valid JSON." });
      expect(shop.seen).toHaveLength(body === "\ufeff" ? 2 : 0);
    },
  );

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; application/json",
    "application/json-patch+json",
    "application/jsonx",
    "",
  ])("%j is no JSON, 415, whatever it says", async (type) => {
    const { app, shop, send } = await served();
    await using _ = app;
    expect((await send('{"id":"a"}', { "content-type": type })).status).toBe(415);
    expect(shop.seen).toEqual([]);
  });

  test("a page of another site reaches no action without asking first: not even one that takes no input", async () => {
    const { app, shop, send } = await served();
    await using _ = app;
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "content-type": "text/plain;charset=UTF-8", origin: "https://evil.example" },
    ] as Record<string, string>[]) {
      const response = await app.fetch("/shop/nothing", { method: "POST", headers });
      expect(response.status).toBe(415);
    }
    const asked = await app.fetch("/shop/nothing", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(asked.headers.get("access-control-allow-origin")).toBeNull();
    expect(shop.seen).toEqual([]);
    expect((await send(undefined, json, "nothing")).status).toBe(204);
  });

  test("JSON with a charset is JSON, a packed body is 415", async () => {
    const { app, send } = await served();
    await using _ = app;
    expect(await (await send("1", { "content-type": "Application/JSON; charset=utf-8" })).json()).toBe(1);
    expect((await send("1", { ...json, "content-encoding": "gzip" })).status).toBe(415);
  });

  test.each([
    '{"__proto__":{"polluted":true}}',
    '{"\\u005f_proto__":{"polluted":true}}',
    '{"a":[{"__proto__":1}]}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"c\\u006fnstructor":{"prototype":{"polluted":true}}}',
  ])("%s is 400, and pollutes nothing", async (body) => {
    const { app, shop, send } = await served();
    await using _ = app;
    expect((await send(body)).status).toBe(400);
    expect(shop.seen).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("what only looks like that is an input like any other", async () => {
    const { app, send } = await served();
    await using _ = app;
    const inputs: readonly unknown[] = [
      { constructor: "Ferrari" },
      { note: "__proto__" },
      { constructor: { team: 1 } },
      ["constructor"],
    ];
    for (const input of inputs) expect(await (await send(JSON.stringify(input))).json()).toEqual(input);
  });

  test("one that is nested deeper than 128 levels is 400; brackets in texts do not count", async () => {
    const { app, send } = await served();
    await using _ = app;
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect((await send(nested(128))).status).toBe(200);
    expect((await send(nested(129))).status).toBe(400);
    expect((await send(nested(900))).status).toBe(400);
    expect((await send(JSON.stringify(`\\"${"[".repeat(900)}`))).status).toBe(200);
    expect((await send(JSON.stringify(Array.from({ length: 200 }, () => [1])))).status).toBe(200);
  });
});
