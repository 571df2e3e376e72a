import dns from "node:dns";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, describe, expect, test, vi } from "vitest";
import { WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-hosts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asked: string[] = [];
const routes = new Hono().get("/", (c) => {
  asked.push(c.req.header("host") ?? "");
  return c.text("Hello");
});

/** The status of what is answered to each of the hosts. */
async function statuses(http: object, hosts: readonly string[], address = "127.0.0.1", path = "/") {
  await using app = await webApp({ routes, http: { port: 0, ...http } });
  const found: Record<string, number> = {};
  for (const host of hosts) {
    await using wire = await Wire.open(app.port, address);
    wire.send(`GET ${path} HTTP/1.1\r\nHost: ${host.replace("<port>", String(app.port))}\r\nConnection: close\r\n\r\n`);
    found[host] = Number((await wire.end()).slice(9, 12));
  }
  return found;
}

const own = [
  "localhost",
  "localhost:<port>",
  "LocalHost.",
  "shop.localhost:1",
  "127.0.0.1:<port>",
  "127.1.2.3",
  "[::1]:<port>",
];
const foreign = ["evil.example", "evil.example:<port>", "localhost.evil.example", "evillocalhost", "10.0.0.1", "[::2]"];
const all = (hosts: readonly string[], status: number) => Object.fromEntries(hosts.map((host) => [host, status]));

describe("a server on the machine itself alone", () => {
  test.each([
    ["localhost", "127.0.0.1"],
    ["localhost", "::1"],
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["127.0.0.2", "127.0.0.2"],
  ])("(host: %j, by %s) answers by names of the machine, and every other with 421", async (host, address) => {
    expect(await statuses({ host }, [...own, ...foreign], address)).toEqual({ ...all(own, 200), ...all(foreign, 421) });
  });

  test("answers by the name that it listens on, which the machine may give itself", async () => {
    // As a machine has it in /etc/hosts.
    const lookup = vi.spyOn(dns, "lookup").mockImplementation(((_name: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: null, addresses: readonly { address: string; family: number }[]) => void;
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    }) as never);
    try {
      const hosts = ["Shop-Machine:<port>", "shop-machine", ...foreign];
      expect(await statuses({ host: "shop-machine" }, hosts)).toEqual({
        ...all(hosts.slice(0, 2), 200),
        ...all(foreign, 421),
      });
      expect(lookup).toHaveBeenCalled();
    } finally {
      lookup.mockRestore();
    }
  });

  test("says what to do in a problem document, whatever is accepted, and calls nothing of the app", async () => {
    asked.length = 0;
    let shells = 0;
    const shell = () => {
      shells++;
      return "";
    };
    await using app = await webApp({ routes, shell: shell as never, http: { host: "localhost", port: 0 } });
    await using wire = await Wire.open(app.port);
    wire.send("GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\n\r\n");
    const answer = await wire.until((received) => received.includes("}"));
    expect(answer).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain("X-Content-Type-Options: nosniff");
    expect(JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1))).toEqual({
      type: "about:blank",
      title: "Misdirected Request",
      status: 421,
      detail: 'This server does not answer for "evil.example". By which names it may be asked, http: { hosts } says.',
    });
    // The connection goes on.
    wire.get("/");
    expect(await wire.until((received) => received.includes("Hello"))).toContain("200 OK");
    expect([asked, shells]).toEqual([["localhost"], 0]);
  });

  test("answers by the names that hosts lists as well", async () => {
    const names = ["shop.example", "SHOP.example:8080", "bücher.example", "xn--bcher-kva.example", "[fd00::1]"];
    const http = { host: "localhost", hosts: ["Shop.Example", "bücher.example", "fd00::1"] };
    expect(await statuses(http, [...names.filter((name) => name !== "bücher.example"), "a.shop.example"])).toEqual({
      "shop.example": 200,
      "SHOP.example:8080": 200,
      "xn--bcher-kva.example": 200,
      "[fd00::1]": 200,
      "a.shop.example": 421,
    });
  });

  test("takes a request of HTTP/1.0, which names no host", async () => {
    await using app = await webApp({ routes, http: { host: "localhost", port: 0 } });
    await using wire = await Wire.open(app.port);
    wire.send("GET / HTTP/1.0\r\n\r\n");
    expect(await wire.end()).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe("a server on every address", () => {
  test.each([undefined, "0.0.0.0", "::"])("(host: %j) answers by any name unless hosts lists them", async (host) => {
    const at = host === undefined ? {} : { host };
    expect(await statuses(at, foreign)).toEqual(all(foreign, 200));
    expect(await statuses({ ...at, hosts: ["evil.example"] }, [...own, ...foreign])).toEqual({
      ...all([...own, "evil.example", "evil.example:<port>"], 200),
      ...all(foreign.slice(2), 421),
    });
    expect(await statuses({ ...at, hosts: [] }, foreign)).toEqual(all(foreign, 421));
  });

  test("tells its health to probes, which ask by its address, whatever hosts lists", async () => {
    const probe = async (http: object, path: string) => statuses(http, ["10.0.0.1:<port>"], "127.0.0.1", path);
    expect(await probe({ hosts: ["shop.example"] }, "/readyz?by=probe")).toEqual({ "10.0.0.1:<port>": 200 });
    expect(await probe({ hosts: ["shop.example"] }, "/livez")).toEqual({ "10.0.0.1:<port>": 200 });
    expect(await probe({ hosts: ["shop.example"] }, "/readyz/")).toEqual({ "10.0.0.1:<port>": 421 });
    expect(await probe({ host: "localhost" }, "/readyz")).toEqual({ "10.0.0.1:<port>": 421 });
  });
});

describe("who is not asked from elsewhere", () => {
  test("a Unix socket and app.fetch() take any name", async () => {
    const socket = join(folder, "app.sock");
    await using app = await webApp({ routes, http: { socket, port: 0, host: "localhost", hosts: ["shop.example"] } });
    await using wire = await Wire.open(socket);
    wire.send("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(await wire.end()).toMatch(/^HTTP\/1\.1 200/);
    expect((await app.http.fetch(new Request("http://evil.example/"))).status).toBe(200);
  });
});

test.each([
  ["shop.example", 'http: { hosts }: it must be a list of names, such as ["shop.example"]'],
  [[""], "http: { hosts }: it must be a list"],
  [[1], "http: { hosts }: it must be a list"],
  [["https://shop.example"], 'http: { hosts }: "https://shop.example" is no name of a host; write each as it stands'],
  [["shop.example:80"], "is no name of a host"],
  [["shop.example/"], "is no name of a host"],
  [["*.shop.example"], "is no name of a host"],
  [["a b"], "is no name of a host"],
])("hosts: %j is refused when the app is made", (hosts, message) => {
  expect(() => new WebApp({ routes, http: { hosts: hosts as never } })).toThrow(message);
});
