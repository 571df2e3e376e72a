import { provide, Service, type Strategy } from "@pawl/kernel";
import { expect, test } from "vitest";
import { Controller } from "../../src/index.ts";
import { anyPort, webApp } from "../web-app.ts";

class Db extends Service {
  rows() {
    return 3;
  }
}

class Report extends Controller {
  static override route = "/report";
  load() {
    return { rows: (this.service("db") as Db).rows() };
  }
}

const appWith = (strategy: Strategy, http: typeof anyPort | false) =>
  webApp({
    strategy,
    providers: { db: provide(new Db(), { restart: "on-failure", backoff: "1s" }) },
    routes: [Report],
    http,
  });

test("a request that needs a service which is being restarted is told to come again, and finds it later", async () => {
  await using app = await appWith("one-for-one", false);
  app.service("db").fail(new Error("connection lost"));
  await app.clock.settle();
  const response = await app.fetch("/report");
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  const { id, ...problem } = (await response.json()) as { readonly id: string };
  expect(problem).toEqual({
    type: "about:blank",
    title: "Service Unavailable",
    status: 503,
    detail: "It is not running now. Try again later.",
  });
  expect(app.errors).toMatchObject([
    { error: { message: "connection lost" } },
    { error: { code: "PAWL_NOT_RUNNING" }, origin: { path: "report", label: expect.stringContaining(id) } },
  ]);
  await app.clock.advance("1s");
  expect(await (await app.fetch("/report")).json()).toEqual({ rows: 3 });
});

test.each<Strategy>(["rest-for-one", "one-for-all"])(
  "%s: controllers and the server are stopped and started with the provider, the server first and last",
  async (strategy) => {
    await using app = await appWith(strategy, anyPort);
    const facts: string[] = [];
    app.observe(
      (fact) => {
        if (fact.kind === "service.stopped" || fact.kind === "service.started") facts.push(`${fact.kind} ${fact.path}`);
      },
      { kinds: ["service.*"] },
    );
    app.service("db").fail(new Error("connection lost"));
    await app.clock.advance("1s");
    // The port is the operating system's: taking it takes real time.
    while (!app.http.server?.isReady) await new Promise(setImmediate);
    expect(facts).toEqual([
      "service.stopped http",
      "service.stopped report",
      "service.started db",
      "service.started report",
      "service.started http",
    ]);
    expect(await (await fetch(`http://127.0.0.1:${app.http.server.url?.port}/report`)).json()).toEqual({ rows: 3 });
    expect(app.errors).toHaveLength(1);
  },
);
