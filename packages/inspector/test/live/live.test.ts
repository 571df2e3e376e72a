import { Service, warn } from "@pawl/kernel";
import { describe, expect, test } from "vitest";
import { inspector } from "../../src/index.ts";
import { openPage } from "../open-page.ts";
import { anyPort, webApp } from "../web-app.ts";

class Metrics extends Service {
  override onStart() {
    this.interval(this.collect, "100ms");
    this.listen("order:*", () => {});
  }
  collect() {}
}

class Shop extends Service {
  override async onStart() {
    await this.adopt(new Metrics());
  }
}

describe("the stream of a page", () => {
  test("begins with the app and a row for every service, owners before what they own", async () => {
    await using app = await webApp({ name: "shop", providers: { shop: Shop }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    const { app: info, rows } = await page.next("snapshot");
    expect(info).toMatchObject({
      name: "shop",
      state: "running",
      status: "alive",
      node: process.versions.node,
      pid: process.pid,
      canChange: true,
      loopDelayMs: expect.any(Number),
      memoryBytes: expect.any(Number),
    });
    expect(Date.parse(info.since)).toBeLessThanOrEqual(Date.parse(info.now));
    expect(rows.map(({ path }) => path)).toEqual(["shop", "shop/metrics", "inspector", "http"]);
    expect(rows[1]).toEqual({
      path: "shop/metrics",
      name: "metrics",
      owner: "shop",
      className: "Metrics",
      state: "running",
      since: expect.stringMatching(/Z$/),
      restarts: 0,
      warnings: [],
      errors: 0,
      activities: 2,
      inFlight: 0,
      resources: 0,
      rate: 0,
    });
  });

  test("goes on with the rows that changed, and no others", async () => {
    await using app = await webApp({ providers: { shop: Shop, idle: Shop }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    const warning = warn(app.service("shop"), "sold out");
    await app.clock.advance("250ms");
    const changes = await page.next("changes");
    expect(changes.rows).toContainEqual(expect.objectContaining({ path: "shop", warnings: ["sold out"] }));
    expect(changes.rows.map(({ path }) => path)).not.toContain("idle");
    expect(changes.gone).toEqual([]);
    warning.cancel();
    await app.clock.advance("250ms");
    expect((await page.next("changes")).rows).toContainEqual(expect.objectContaining({ path: "shop", warnings: [] }));
  });

  test("tells who comes and who goes, and their order", async () => {
    await using app = await webApp({ providers: { shop: Service1 }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    const child = new Metrics();
    await app.service("shop").adopt(child);
    await app.clock.advance("250ms");
    const came = await page.next("changes");
    expect(came.order).toEqual(["shop", "shop/metrics", "inspector", "http"]);
    expect(came.rows).toContainEqual(expect.objectContaining({ path: "shop", resources: 1 }));
    await child.stop();
    await app.clock.advance("250ms");
    const went = await page.next("changes");
    expect(went).toMatchObject({ gone: ["shop/metrics"], order: ["shop", "inspector", "http"] });
  });

  test("keeps a provider that was stopped as a row, and the app is at `warning` meanwhile", async () => {
    await using app = await webApp({ providers: { shop: Shop }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    await app.service("shop").stop();
    await app.clock.advance("1s");
    await page.next("changes");
    const told = page.received.filter(({ event }) => event === "changes").map(({ data }) => data as never);
    expect(told).toContainEqual(
      expect.objectContaining({
        rows: expect.arrayContaining([expect.objectContaining({ path: "shop", state: "stopped" })]),
        gone: ["shop/metrics"],
      }),
    );
    let { app: info } = await page.next("changes");
    while (info?.status !== "warning") {
      await app.clock.advance("250ms");
      info = (await page.next("changes")).app;
    }
    await app.start("shop");
    await app.clock.advance("250ms");
    expect((await page.next("changes")).rows).toContainEqual(
      expect.objectContaining({ path: "shop", state: "running" }),
    );
  });

  test("counts the errors of a service, and tells the rate of its calls", async () => {
    class Failing extends Service {
      override onStart() {
        this.interval(() => {}, "100ms");
        this.listen("go", () => {
          throw new Error("no");
        });
      }
    }
    await using app = await webApp({ providers: { failing: Failing }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    app.bus.emit("go", undefined);
    await app.clock.advance("4s");
    app.bus.emit("go", undefined);
    expect(app.errors).toHaveLength(2);
    await app.clock.advance("250ms");
    let last = await page.next("changes");
    while (last.rows.find(({ path }) => path === "failing")?.errors !== 2) last = await page.next("changes");
    const row = last.rows.find(({ path }) => path === "failing");
    expect(row?.rate).toBeGreaterThan(9);
    expect(row?.rate).toBeLessThan(12);
  });

  test("ends with `end` when the app stops, and is there again after its restart", async () => {
    await using app = await webApp({ routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    const restarted = app.restart();
    await page.next("end");
    await page.ended();
    await restarted;
    await using again = await openPage(app);
    expect((await again.next("snapshot")).app.state).toBe("running");
  });

  test("says every 15 s that it is still there, so that nobody takes an idle stream for dead", async () => {
    await using app = await webApp({ routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    await app.clock.advance("15s");
    const restarted = app.stop();
    await page.ended();
    await restarted;
    expect(page.received.map(({ event }) => event)).toContain("comment");
  });
});

class Service1 extends Service {}
