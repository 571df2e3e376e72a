import { type AddressInfo, createServer, Server } from "node:net";
import type { Fact } from "@pawl/kernel";
import { Hono } from "hono";
import { describe, expect, test, vi } from "vitest";
import { ListenError } from "../../src/index.ts";
import { WebApp, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

const routes = new Hono().get("/", (c) => c.text("hello"));

/** What a server that listens at this address and port answers, or why it cannot be asked. */
async function answerOf(port: number, host: string): Promise<string> {
  try {
    await using wire = await Wire.open(port, host);
    wire.get("/", "Connection: close\r\n");
    return (await wire.end()).slice(9, 12);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Takes a port on one address. */
async function taken(port: number, host: string) {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A machine that does not have one address, as one without IPv6. */
function without(missing: string, code: string) {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...args: unknown[]) {
    const [where] = args as [{ readonly host?: string }];
    if (where.host !== missing) return listen.apply(this, args);
    process.nextTick(() => this.emit("error", Object.assign(new Error(`listen ${code}: ${missing}`), { code })));
    return this;
  } as Server["listen"]);
}

describe("a server", () => {
  test("without a host serves every address, of IPv4 and of IPv6, and names both", async () => {
    await using app = await webApp({ routes, http: { port: 0 } });
    const { port } = app;
    expect(app.http.server?.addresses).toEqual([`http://0.0.0.0:${port}`, `http://[::]:${port}`]);
    expect(app.url.href).toBe(`http://localhost:${port}/`);
    expect([await answerOf(port, "127.0.0.1"), await answerOf(port, "::1")]).toEqual(["200", "200"]);
  });

  test("of localhost serves both of its addresses on one port, and no other address", async () => {
    await using app = await webApp({ routes, http: { port: 0, host: "localhost" } });
    const { port } = app;
    expect(app.http.server?.addresses).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`]);
    expect(app.url.href).toBe(`http://localhost:${port}/`);
    expect([await answerOf(port, "127.0.0.1"), await answerOf(port, "::1")]).toEqual(["200", "200"]);
    expect(await answerOf(port, "127.0.0.2")).toBe("ECONNREFUSED");
  });

  test.each([
    ["127.0.0.1", "200", "ECONNREFUSED", (port: number) => [`http://127.0.0.1:${port}`]],
    ["0.0.0.0", "200", "ECONNREFUSED", (port: number) => [`http://0.0.0.0:${port}`]],
    ["::1", "ECONNREFUSED", "200", (port: number) => [`http://[::1]:${port}`]],
  ])("of %s serves that one", async (host, four, six, addresses) => {
    await using app = await webApp({ routes, http: { port: 0, host } });
    const { port } = app;
    expect(app.http.server?.addresses).toEqual(addresses(port));
    expect([await answerOf(port, "127.0.0.1"), await answerOf(port, "::1")]).toEqual([four, six]);
  });

  test.each([
    ["::1", "EADDRNOTAVAIL", "127.0.0.1"],
    ["::1", "EAFNOSUPPORT", "127.0.0.1"],
    ["127.0.0.1", "EADDRNOTAVAIL", "[::1]"],
  ])("of localhost serves the rest where the machine has no %s (%s)", async (missing, code, rest) => {
    without(missing, code);
    await using app = await webApp({ routes, http: { port: 0, host: "localhost" } });
    expect(app.http.server?.addresses).toEqual([`http://${rest}:${app.port}`]);
    expect(await answerOf(app.port, rest.replace(/[[\]]/g, ""))).toBe("200");
  });

  test("of localhost finds another free port where the first is taken on the other address", async () => {
    const seen: number[] = [];
    const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
    vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...args: unknown[]) {
      const [where] = args as [{ readonly host?: string; readonly port: number }];
      if (where.host !== "::1" || seen.push(where.port) > 2) return listen.apply(this, args);
      process.nextTick(() => this.emit("error", Object.assign(new Error("taken"), { code: "EADDRINUSE" })));
      return this;
    } as Server["listen"]);
    await using app = await webApp({ routes, http: { port: 0, host: "localhost" } });
    expect(seen).toHaveLength(3);
    expect(app.port).toBe(seen[2]);
    expect([await answerOf(app.port, "127.0.0.1"), await answerOf(app.port, "::1")]).toEqual(["200", "200"]);
    // Those that were tried are free again.
    for (const port of new Set(seen.slice(0, 2)))
      if (port !== app.port) expect(await answerOf(port, "127.0.0.1")).toBe("ECONNREFUSED");
  });

  test.each([
    ["127.0.0.1", "::1"],
    ["::1", "127.0.0.1"],
  ])("of localhost fails the start where its port is taken on %s, and leaves %s free", async (host, other) => {
    await using holder = await taken(0, host);
    const { port } = holder;
    const app = new WebApp({ routes, http: { port, host: "localhost" } });
    const error: unknown = await app.start().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({
      code: "PAWL_HTTP_PORT_IN_USE",
      message: `http: port ${port} is taken on ${host}, by another program or another app of this one. Stop that one, or choose another port (0 takes any free one): http: { port: ${port + 1} }`,
    });
    expect(app.http.server?.addresses).toEqual([]);
    await using free = await taken(port, other);
    expect(free.port).toBe(port);
  });

  test("names every address in a port that is taken without a host", async () => {
    await using holder = await taken(0, "0.0.0.0");
    const app = new WebApp({ routes, http: { port: holder.port } });
    await expect(app.start()).rejects.toThrow(
      `http: port ${holder.port} is taken on every address, by another program`,
    );
  });

  test("suggests a port that there is", () => {
    const cause = Object.assign(new Error("taken"), { code: "EADDRINUSE" });
    expect(new ListenError("http", { port: 65_535, host: undefined }, cause).message).toContain("{ port: 3000 }");
  });

  test("tells each address when it listens, with the URL that people type, and has none when it has stopped", async () => {
    const app = new WebApp({ routes, http: { port: 0, host: "localhost" } });
    const told: Fact[] = [];
    app.observe((fact) => void told.push(fact), { kinds: ["service.listening"] });
    await app.start();
    const addresses = [`http://127.0.0.1:${app.port}`, `http://[::1]:${app.port}`];
    expect(told).toEqual([expect.objectContaining({ path: "http", addresses, url: `http://localhost:${app.port}` })]);
    expect(app.inspect().services[0]?.activities[0]?.["at"]).toEqual(addresses);
    await app.stop();
    expect(app.http.server?.addresses).toEqual([]);
  });

  test("answers what is no HTTP on each address", async () => {
    await using app = await webApp({ routes, http: { port: 0, host: "localhost" } });
    for (const host of ["127.0.0.1", "::1"]) {
      await using wire = await Wire.open(app.port, host);
      wire.send("GET / HTTP/9.9\r\n\r\n");
      expect(await wire.end()).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});
