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
  "%s: controllers are restarted with the provider; the server goes on and says that they are down",
  async (strategy) => {
    await using app = await appWith(strategy, anyPort);
    const { port } = app;
    const facts: string[] = [];
    app.observe(
      (fact) => {
        if (fact.kind === "service.stopped" || fact.kind === "service.started") facts.push(`${fact.kind} ${fact.path}`);
      },
      { kinds: ["service.*"] },
    );
    app.service("db").fail(new Error("connection lost"));
    await app.clock.settle();
    expect((await fetch(`http://127.0.0.1:${port}/report`)).status).toBe(503);
    await app.clock.advance("1s");
    expect(facts).toEqual(["service.stopped report", "service.started db", "service.started report"]);
    expect(await (await fetch(`http://127.0.0.1:${port}/report`)).json()).toEqual({ rows: 3 });
    expect(app.errors).toHaveLength(1);
  },
);
