import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { inspect } from "node:util";
import {
  ActionError,
  ActionFailedError,
  ActionInputError,
  ActionTimeoutError,
  isActionError,
  NotRunningError,
  PawlError,
  Service,
  UnknownActionError,
} from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { ConnectionError, client, perform, RemoteError } from "../../src/client/index.ts";
import { Shop } from "../actions/shop.ts";
import { anyPort, webApp } from "../web-app.ts";

const served = async () => {
  const shop = new Shop();
  const app = await webApp({ providers: { shop }, http: anyPort });
  return { app, shop, remote: client<{ shop: Shop }>(app.url) };
};
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

/** A server of one's own, on a free port. */
class Other implements AsyncDisposable {
  readonly #server: Server;
  private constructor(server: Server) {
    this.#server = server;
  }
  static async listen(answer: RequestListener): Promise<Other> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Other(server);
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { readonly port: number }).port}`;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("A2 client(url) and perform(url)", () => {
  test("call an action and give its result as JSON has it", async () => {
    const { app, remote } = await served();
    await using _ = app;
    expect(await remote.shop.find({ id: "a" })).toEqual({ id: "a", limit: 10, at: "1970-01-01T00:00:00.000Z" });
    expect(await perform(app.url, "shop.find", { id: "b" })).toMatchObject({ id: "b" });
    expect(await perform(String(app.url), "shop.nothing")).toBeUndefined();
    expect(await remote.shop.nothing()).toBeUndefined();
    expect(await remote.shop.echo(null)).toBeNull();
  });

  test("an error is of the same class as there, with its code and issues", async () => {
    const { app, remote } = await served();
    await using _ = app;
    const input = await thrown(remote.shop.find({ limit: "x" } as never));
    expect(input).toBeInstanceOf(ActionInputError);
    expect(input).toMatchObject({
      code: "PAWL_ACTION_INPUT",
      action: "shop.find",
      path: "shop",
      issues: [{ path: ["id"] }, { path: ["limit"] }],
    });
    expect(await thrown(remote.shop.refuse())).toMatchObject({
      constructor: ActionError,
      message: "There are only 2 left.",
      reason: "sold-out",
      details: { left: 2 },
      status: 409,
    });
    expect(await thrown(perform(app.url, "shop.fnd"))).toBeInstanceOf(UnknownActionError);
    expect(await thrown(perform(app.url, "constructor.name"))).toBeInstanceOf(UnknownActionError);
    const failed = (await thrown(remote.shop.break())) as ActionFailedError;
    expect(failed).toBeInstanceOf(ActionFailedError);
    expect(failed.message).not.toContain("1234");
    expect(app.errors.at(-1)?.origin.label).toContain(failed.id);
    await app.service("shop").stop();
    expect(await thrown(remote.shop.find({ id: "a" }))).toBeInstanceOf(NotRunningError);
  });

  test("of a thousand issues and more the count arrives", async () => {
    class Tags extends Service {
      tag = this.action(z.array(z.string()), (tags) => tags.length);
    }
    await using app = await webApp({ providers: { tags: Tags }, http: anyPort });
    const input = Array.from({ length: 5_000 }, () => 1);
    const error = await thrown(perform(app.url, "tags.tag", input));
    expect(error).toMatchObject({ code: "PAWL_ACTION_INPUT", issueCount: 5_000 });
    expect((error as ActionInputError).issues).toHaveLength(1_000);
    expect((error as Error).message).toContain("; and 4995 more");
  });

  test("what another app says is a failure of the action that lets it pass, told as a number", async () => {
    const { app: below, remote } = await served();
    await using _below = below;
    class Front extends Service {
      order = this.action(() => remote.shop.refuse());
      misuse = this.action(() => remote.shop.find({} as never));
      unknown = this.action(() => perform(below.url, "shop.fnd"));
      stopped = this.action(() => remote.shop.nothing());
      checked = this.action(
        { "~standard": { version: 1, vendor: "bare", validate: () => remote.shop.find({} as never) as never } },
        () => 1,
      );
      again = this.action(async () => {
        try {
          await remote.shop.refuse();
        } catch (error) {
          if (isActionError(error)) throw new ActionError("Sold out.", { reason: "none-left", status: 410 });
        }
      });
    }
    await using app = await webApp({ providers: { front: Front }, http: anyPort });
    const front = client<{ front: Front }>(app.url).front;
    expect(await thrown(front.again())).toMatchObject({ message: "Sold out.", status: 410, details: undefined });
    const told = async (name: string, input?: unknown) => {
      const response = await app.fetch(`/front/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
      } as RequestInit);
      const body = (await response.json()) as object;
      expect(Object.keys(body).sort()).toEqual(["code", "id", "status", "title", "type"]);
      return [response.status, body];
    };
    for (const name of ["order", "misuse", "unknown"]) {
      expect(await told(name)).toMatchObject([500, { code: "PAWL_ACTION_FAILED" }]);
    }
    expect(await told("checked", "x")).toMatchObject([500, { code: "PAWL_ACTION_FAILED" }]);
    await below.service("shop").stop();
    expect(await told("stopped")).toMatchObject([500, { code: "PAWL_ACTION_FAILED" }]);
    expect(app.errors).toHaveLength(5);
  });

  test("the time-out ends the call on both sides", async () => {
    const { app, shop, remote } = await served();
    await using _ = app;
    const asked = thrown(remote.shop.wait(undefined, { timeout: "50ms" }));
    expect(await asked).toBeInstanceOf(ActionTimeoutError);
    await vi.waitFor(() => expect(shop.signal_?.aborted).toBe(true));
    await vi.waitFor(() => expect(app.inspect().services[0]?.inFlight).toEqual([]));
  });

  test("a 504 of the app is the same error", async () => {
    const { app, shop, remote } = await served();
    await using _ = app;
    const asked = thrown(remote.shop.stubborn(undefined, { timeout: "20s" }));
    await shop.gate.reached;
    await app.clock.advance("20s");
    expect(await asked).toBeInstanceOf(ActionTimeoutError);
    shop.gate.open();
  });

  test("the caller's signal ends the call on both sides, one that is aborted already makes none", async () => {
    const { app, shop, remote } = await served();
    await using _ = app;
    const { signal, abort } = (() => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) };
    })();
    const asked = thrown(remote.shop.wait(undefined, { signal }));
    await shop.gate.reached;
    const reason = new Error("changed my mind");
    abort(reason);
    expect(await asked).toBe(reason);
    await vi.waitFor(() => expect(shop.signal_?.aborted).toBe(true));
    const before = app.facts.of("request.started").length;
    expect(await thrown(remote.shop.find({ id: "a" }, { signal }))).toBe(reason);
    expect(app.facts.of("request.started")).toHaveLength(before);
  });

  test("sends its token, and its options count unless a call says otherwise", async () => {
    const seen: unknown[] = [];
    await using other = await Other.listen((request, response) => {
      seen.push([
        request.url,
        request.headers.authorization,
        request.headers["pawl-timeout-ms"],
        request.headers["content-type"],
      ]);
      response.setHeader("content-type", "application/json").end("1");
    });
    const remote = client<{ shop: Shop }>(`${other.url}/below`, { token: "secret", timeout: "3s" });
    expect(await remote.shop.echo(1)).toBe(1);
    await remote.shop.echo(1, { token: "other", timeout: 1 });
    await client<{ shop: Shop }>(other.url).shop.echo(1);
    const left = { token: undefined, timeout: undefined, signal: undefined, fetch: undefined } as object;
    await remote.shop.echo(1, left);
    expect(seen).toEqual([
      ["/below/shop/echo", "Bearer secret", "3000", "application/json"],
      ["/below/shop/echo", "Bearer other", "1000", "application/json"],
      ["/shop/echo", undefined, "30000", "application/json"],
      ["/below/shop/echo", "Bearer secret", "3000", "application/json"],
    ]);
  });

  test("takes another fetch, for other transports", async () => {
    const { app } = await served();
    await using _ = app;
    const remote = client<{ shop: Shop }>("unix:/run/app.sock", {
      fetch: (url, init) => app.fetch(new URL(String(url)).pathname.replace("/run/app.sock", ""), init),
    });
    expect(await remote.shop.find({ id: "a" })).toMatchObject({ id: "a" });
  });

  test("a fetch that looks at no signal keeps nobody waiting", async () => {
    const fetch = () => new Promise<Response>(() => {});
    const asked = perform("http://localhost", "shop.find", { id: "a" }, { fetch, timeout: "30ms" });
    expect(await thrown(asked)).toBeInstanceOf(ActionTimeoutError);
  });

  test("no app there is an error that says where", async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createTcpServer().listen(0, "127.0.0.1", () => {
        const { port: free } = server.address() as { readonly port: number };
        server.close(() => resolve(free));
      });
    });
    const error = await thrown(perform(`http://127.0.0.1:${port}`, "shop.find", {}));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: "PAWL_HTTP_CONNECTION", url: `http://127.0.0.1:${port}/shop/find` });
    expect((error as Error).message).toMatch(
      /^shop\.find: no answer from http:\/\/127\.0\.0\.1:\d+\/shop\/find \(.*ECONNREFUSED/,
    );
    expect(PawlError.is(error)).toBe(true);
  });

  test("a connection that breaks before or in the answer is one too", async () => {
    await using before = await Other.listen((request) => request.socket.destroy());
    expect(await thrown(perform(before.url, "shop.find"))).toBeInstanceOf(ConnectionError);
    await using within = await Other.listen((request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{", () => request.socket.destroy());
    });
    expect(await thrown(perform(within.url, "shop.find"))).toBeInstanceOf(ConnectionError);
  });

  test.each([
    [200, "<h1>Hello</h1>", "answered 200: and nothing that an action answers"],
    [200, "", "answered 200"],
    [500, "oops", "answered 500"],
    [502, "<h1>Bad gateway</h1>", "answered 502"],
    [
      413,
      '{"title":"Payload Too Large","detail":"The body may have at most 10 bytes."}',
      "answered 413: The body may have at most 10 bytes.",
    ],
    [401, "[]", "answered 401"],
    [400, "null", "answered 400"],
    [400, '{"code":"PAWL_OTHER"}', "answered 400"],
    [200, '{"half":', "answered 200"],
    [302, "", "answered 302: go to https://elsewhere.example/"],
  ])("what no action answers (%i %j) is an error of its own", async (status, body, message) => {
    await using other = await Other.listen((_, response) =>
      response.writeHead(status, status === 302 ? { location: "https://elsewhere.example/" } : {}).end(body),
    );
    const error = await thrown(perform(other.url, "shop.find"));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: "PAWL_HTTP_BAD_ANSWER", status, message: expect.stringContaining(message) });
  });

  test.each([
    [400, '{"code":"PAWL_ACTION_INPUT","issues":[{"message":"m","path":["a"]},{"x":1},null,7]}', ActionInputError],
    [400, '{"code":"PAWL_ACTION_INPUT"}', ActionInputError],
    [404, "{}", UnknownActionError],
    [503, "{}", NotRunningError],
    [500, '{"code":"PAWL_ACTION_FAILED","id":7}', ActionFailedError],
    [500, '{"code":"PAWL_ACTION_ERROR","detail":"a status that it cannot have"}', RemoteError],
  ])("%i %j is taken for what it can be", async (status, body, kind) => {
    await using other = await Other.listen((_, response) => response.writeHead(status).end(body));
    expect(await thrown(perform(other.url, "shop.find"))).toBeInstanceOf(kind);
  });

  test.each(["text/plain", "text/html; charset=utf-8", "application/jsonp", undefined])(
    "a 200 of the type %s is no result, though it could be read as one",
    async (type) => {
      await using other = await Other.listen((_, response) =>
        response.writeHead(200, type === undefined ? {} : { "content-type": type }).end("5"),
      );
      const error = await thrown(perform(other.url, "shop.find"));
      expect(error).toMatchObject({ constructor: RemoteError, status: 200 });
    },
  );

  test("headers of one's own go with each call, and never take the place of those that it needs", async () => {
    const got: Record<string, unknown>[] = [];
    await using other = await Other.listen((request, response) => {
      const { "x-trace": trace, "content-type": type, authorization } = request.headers;
      got.push({ trace, type, authorization });
      response.end();
    });
    let n = 0;
    const headers = () => ({ "X-Trace": String(++n), "content-type": "text/plain" });
    const { shop } = client<{ shop: Shop }>(other.url, { headers, token: "abc" });
    await thrown(shop.nothing());
    await thrown(shop.nothing());
    await thrown(shop.nothing(undefined, { headers: { "x-trace": "mine" } }));
    const rest = { type: "application/json", authorization: "Bearer abc" };
    expect(got).toEqual(["1", "2", "mine"].map((trace) => ({ trace, ...rest })));
    for (const bad of ["a", { a: 1 }, () => null]) {
      expect(await thrown(shop.nothing(undefined, { headers: bad as never }))).toMatchObject({
        code: "PAWL_BAD_OPTION",
      });
    }
    expect(got).toHaveLength(3);
  });

  test("an answer that is longer than answerLimit is read no further", async () => {
    const closed = Promise.withResolvers<void>();
    await using other = await Other.listen((request, response) => {
      response.on("close", closed.resolve).setHeader("content-type", "application/json");
      if (request.url?.endsWith("short")) return void response.end(`"${"é".repeat(49)}"`);
      response.write("1".repeat(101));
    });
    expect(await perform(other.url, "shop.short", undefined, { answerLimit: 100 })).toBe("é".repeat(49));
    const error = await thrown(perform(other.url, "shop.long", undefined, { answerLimit: 100 }));
    expect(error).toMatchObject({ constructor: RemoteError, message: expect.stringContaining("more than 100 bytes") });
    await closed.promise;
    expect(await thrown(perform(other.url, "shop.long", undefined, { answerLimit: 0 }))).toBeInstanceOf(RangeError);
  });

  test("refuses a token and a header that cannot be sent, and repeats them in no error", async () => {
    for (const options of [
      { token: "hunter2\r\nx: y" },
      { headers: { "x-key": "hunter2\u0000" } },
      { token: "hunter2→" },
    ]) {
      const error = await thrown(perform("http://localhost:1", "shop.find", undefined, options));
      expect(error).toMatchObject({ code: "PAWL_BAD_OPTION", message: expect.stringMatching(/Authorization|x-key/) });
      expect(inspect(error)).not.toContain("hunter2");
    }
  });

  test("refuses an address with a password in it, and repeats it in no error", async () => {
    for (const url of ["http://ada:hunter2@localhost:1", "http://hunter2@localhost", "http://a:hunter2@host:99999"]) {
      const error = await thrown(perform(url, "shop.find"));
      expect(error).toMatchObject({ code: "PAWL_BAD_OPTION" });
      expect(inspect(error)).not.toContain("hunter2");
    }
    const made = new ConnectionError("shop.find", new URL("http://ada:hunter2@localhost:1/shop/find"), new Error("no"));
    expect(inspect(made)).not.toContain("hunter2");
    expect(made.url).toBe("http://localhost:1/shop/find");
  });

  test("refuses at once what names no app and no action, and what cannot be sent", async () => {
    expect(() => client("nowhere")).toThrow('"nowhere" is no address of an app');
    expect(() => client("ftp://x")).toThrow(TypeError);
    for (const path of ["", "shop", "shop.", ".find", "shop.find.x", "../etc.passwd", "shop/x.find", "shop.%2e%2e"]) {
      expect(await thrown(perform("http://localhost:1", path))).toMatchObject({ code: "PAWL_BAD_OPTION" });
    }
    const self: Record<string, unknown> = {};
    self.self = self;
    for (const input of [self, 1n, () => 1]) {
      expect(await thrown(perform("http://localhost:1", "shop.find", input))).toMatchObject({
        code: "PAWL_BAD_OPTION",
      });
    }
    expect(await thrown(perform("http://localhost:1", "a.b", 1, { timeout: "soon" as never }))).toMatchObject({
      code: "PAWL_BAD_DURATION",
    });
  });

  test("a client can be awaited, shown and compared like any object", async () => {
    const remote = client<{ shop: Shop }>("http://localhost:1");
    expect(await Promise.resolve(remote)).toBe(remote);
    expect(JSON.stringify(remote)).toBe("{}");
    expect(remote.shop).toBe(remote.shop);
    expect(remote.shop.find).toBe(remote.shop.find);
  });
});
