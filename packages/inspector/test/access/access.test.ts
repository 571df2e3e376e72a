import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isLocal } from "../../src/access/local-request.ts";
import { inspector } from "../../src/index.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";

const token = "0123456789abcdef-token";
const bearer = { authorization: `Bearer ${token}` };
const everywhere = [
  "/_pawl",
  "/_pawl/",
  "/_pawl/live",
  "/_pawl/service?path=inspector",
  "/_pawl/timeline",
  "/_pawl/do",
];
const command = { do: "emit", event: "pressed" } as const;

afterEach(() => void vi.unstubAllEnvs());

/** Presses a button; the headers are those of the page, unless they say otherwise. */
function press(app: WebApp, headers: Record<string, string | undefined> = {}, host = "localhost"): Promise<Response> {
  const all = {
    "content-type": "application/json",
    "x-pawl-inspector": "1",
    origin: `http://${host}`,
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return app.fetch(`http://${host}/_pawl/do`, { method: "POST", headers: given, body: JSON.stringify(command) });
}

async function statusesOf(app: WebApp, headers: Record<string, string> = {}, host = "localhost") {
  const answers = await Promise.all(everywhere.map((path) => app.fetch(`http://${host}${path}`, { headers })));
  const texts = await Promise.all(answers.map((answer) => answer.body?.cancel()));
  expect(texts).toHaveLength(everywhere.length);
  return [...new Set(answers.map(({ status }) => status))];
}

describe("without a token", () => {
  test.each(["localhost", "localhost:3000", "shop.localhost", "127.0.0.1:80", "127.9.9.9", "[::1]:3000"])(
    "whoever asks for %s on this machine is let in",
    async (host) => {
      await using app = await webApp({ routes: [inspector()] });
      expect((await app.fetch(`http://${host}/_pawl/timeline`)).status).toBe(200);
      expect((await press(app, {}, host)).status).toBe(200);
    },
  );

  test.each(["shop.example", "localhost.example", "10.0.0.7:3000", "[::2]", "127.0.0.1.example"])(
    "who asks for %s finds nothing there, as for a page that does not exist",
    async (host) => {
      await using app = await webApp({ routes: [inspector()] });
      expect(await statusesOf(app, {}, host)).toEqual([404]);
      expect((await press(app, {}, host)).status).toBe(404);
      const [there, missing] = await Promise.all(
        ["/_pawl/timeline", "/nothing"].map(async (path) => (await app.fetch(`http://${host}${path}`)).json()),
      );
      expect(there).toEqual(missing);
      expect(app.events.names).not.toContain("pressed");
    },
  );

  test.each(["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"])(
    "what a proxy passes on (%s) is of anybody",
    async (header) => {
      await using app = await webApp({ routes: [inspector()] });
      expect(await statusesOf(app, { [header]: "127.0.0.1" })).toEqual([404]);
    },
  );

  test("a connection counts by its address, and one that was cut is none of a Unix socket", () => {
    const from = (socket: object) =>
      isLocal({
        env: { incoming: { socket } },
        req: { header: (name: string) => ({ host: "localhost" })[name] },
      } as never);
    const at = (address: unknown) => ({ server: { address: () => address } });
    expect(
      ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"].map((remoteAddress) => from({ remoteAddress })),
    ).toEqual([true, true, true, true]);
    expect(
      ["10.0.0.7", "::ffff:10.0.0.7", "fe80::1", "128.0.0.1"].map((remoteAddress) => from({ remoteAddress })),
    ).toEqual([false, false, false, false]);
    expect(from(at("/run/shop.sock"))).toBe(true);
    expect(from(at({ port: 3000, address: "::", family: "IPv6" }))).toBe(false);
    expect(from(at(null))).toBe(false);
    expect(from({})).toBe(false);
  });

  test("over HTTP the address and the name both count", async () => {
    await using app = await webApp({ routes: [inspector()], http: { port: 0 } });
    const { port } = app.at("/");
    const ask = (host: string, name: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { host: name, connection: "close" };
        const asked = request({ host, port, path: "/_pawl/timeline", headers }, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode));
        });
        asked.once("error", reject).end();
      });
    expect(await ask("127.0.0.1", "localhost")).toBe(200);
    expect(await ask("127.0.0.1", "shop.example")).toBe(404);
    // A machine that is on no network has no other address.
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const other = addresses.find(({ internal, family }) => !internal && family === "IPv4");
    if (other) expect(await ask(other.address, "localhost")).toBe(404);
  });
});

describe("with a token", () => {
  test("who is elsewhere needs it, as a bearer token; who is here does not", async () => {
    await using app = await webApp({ routes: [inspector({ token })] });
    expect((await app.fetch("/_pawl/timeline")).status).toBe(200);
    expect(await statusesOf(app, {}, "shop.example")).toEqual([401]);
    expect(await statusesOf(app, { authorization: `Bearer ${token}x` }, "shop.example")).toEqual([401]);
    expect((await app.fetch("http://shop.example/_pawl/timeline", { headers: bearer })).status).toBe(200);
  });

  test("a form takes it and sets a cookie that only goes to the inspector; the cookie does not tell it", async () => {
    await using app = await webApp({ routes: [inspector({ token })] });
    const form = await app.fetch("http://shop.example/_pawl/");
    expect([form.status, form.headers.get("content-type")]).toEqual([401, "text/html; charset=UTF-8"]);
    expect(await form.text()).toContain('action="/_pawl/token"');
    const enter = (given: string, origin = "https://shop.example") =>
      app.fetch("http://shop.example/_pawl/token", {
        method: "POST",
        headers: { origin },
        body: new URLSearchParams({ token: given }),
      });
    const wrong = await enter(`${token}x`);
    expect([wrong.status, wrong.headers.get("set-cookie")]).toEqual([401, null]);
    expect((await enter(token, "https://evil.example")).status).toBe(403);
    const entered = await enter(token);
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "./"]);
    const cookie = entered.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^pawl_inspector=[\w-]+; Path=\/_pawl; HttpOnly; SameSite=Strict; Secure$/);
    expect(cookie).not.toContain(token);
    const given = { cookie: cookie.split(";")[0] as string };
    expect((await app.fetch("http://shop.example/_pawl/timeline", { headers: given })).status).toBe(200);
    expect((await press(app, given, "shop.example")).status).toBe(200);
    expect(
      (await app.fetch("http://shop.example/_pawl/timeline", { headers: { cookie: "pawl_inspector=x" } })).status,
    ).toBe(401);
  });

  test.each(["", "short", "with spaces in it, long", 7])("%j is refused when the inspector is made", (bad) => {
    expect(() => inspector({ token: bad as string })).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION", message: expect.stringContaining("16 characters") }),
    );
  });
});

describe("in production", () => {
  test("there is nothing, whoever asks, and nothing is said of it", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await using app = await webApp({ routes: [inspector({ token })] });
    expect(await statusesOf(app)).toEqual([404]);
    expect(await statusesOf(app, bearer)).toEqual([404]);
    expect((await press(app, bearer)).status).toBe(404);
  });

  test("it is opened by `production` with a token, which everybody needs", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await using app = await webApp({ routes: [inspector({ token, production: true })] });
    expect(await statusesOf(app)).toEqual([401]);
    expect((await app.fetch("/_pawl/timeline", { headers: bearer })).status).toBe(200);
    expect((await press(app)).status).toBe(401);
    expect((await press(app, { ...bearer, origin: undefined })).status).toBe(200);
  });

  test("`production` without a token is refused when the inspector is made", () => {
    expect(() => inspector({ production: true })).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  });
});

describe("what changes something", () => {
  test("needs the page's own origin and its header", async () => {
    await using app = await webApp({ routes: [inspector({ token })] });
    expect((await press(app)).status).toBe(200);
    expect((await press(app, { "x-pawl-inspector": undefined })).status).toBe(403);
    expect((await press(app, { "x-pawl-inspector": "0" })).status).toBe(403);
    expect((await press(app, { origin: undefined })).status).toBe(403);
    expect((await press(app, { origin: undefined, ...bearer })).status).toBe(200);
    for (const origin of ["http://evil.example", "http://localhost:5173", "null", "http://localhost.example", "x"]) {
      expect((await press(app, { origin })).status).toBe(403);
      expect((await press(app, { origin, ...bearer })).status).toBe(403);
    }
    expect(app.events.names.filter((name) => name === "pressed")).toHaveLength(2);
  });

  test("cannot be read by another site either, whatever middleware of the app allows", async () => {
    await using app = await webApp({ routes: [inspector()] });
    expect(await statusesOf(app, { origin: "http://evil.example" })).toEqual([403]);
    expect((await app.fetch("/_pawl/timeline", { headers: { origin: "http://localhost" } })).status).toBe(200);
  });
});

describe("every answer", () => {
  test.each(["/_pawl/", "/_pawl/timeline", "/_pawl/service?path=inspector", "/_pawl/live"])(
    "of %s is kept by nobody, and lets nothing in from elsewhere",
    async (path) => {
      await using app = await webApp({ routes: [inspector()] });
      const { headers, body } = await app.fetch(path);
      await body?.cancel();
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    },
  );

  test("to HEAD has no body, and begins no stream", async () => {
    await using app = await webApp({ routes: [inspector()], http: anyPort });
    for (const path of ["/_pawl/", "/_pawl/live", "/_pawl/timeline"]) {
      const answer = await fetch(app.at(path), { method: "HEAD" });
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
    }
    expect(app.inspect().services.find(({ path }) => path === "inspector")?.activities).toEqual([]);
  });
});

test.each(["_pawl", "/", "/_pawl/", "/:any", "/a b", "/*", 7])("a route of %j is refused", (route) => {
  expect(() => inspector({ route: route as string })).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
});
