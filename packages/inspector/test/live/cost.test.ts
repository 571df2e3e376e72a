import { monitorEventLoopDelay } from "node:perf_hooks";
import { Service, warn } from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";
import { inspector } from "../../src/index.ts";
import { PageStream } from "../../src/live/page-stream.ts";
import { OpenPage, openPage } from "../open-page.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";

class One extends Service {
  override onStart() {
    this.interval(() => {}, "10s");
  }
}

class Many extends Service {
  readonly ones: One[] = [];
  async add(count: number) {
    for (let i = 0; i < count; i++) this.ones.push(await this.adopt(new One()));
  }
}

interface Figures {
  readonly pages: number;
  readonly lastInspected: number;
  readonly mostInspected: number;
}

function figuresOf(app: WebApp): Figures {
  const found = app.inspect().services.find(({ path }) => path === "inspector");
  return found?.figures?.["inspector"] as Figures;
}

describe("what a page costs", () => {
  test("is nothing while none is open: no timer, and no fact that is asked for", async () => {
    await using app = await webApp({ routes: [inspector()], http: anyPort });
    const observe = vi.spyOn(app, "observe");
    const activities = () => app.inspect().services.find(({ path }) => path === "inspector")?.activities;
    expect(activities()).toEqual([]);
    {
      await using page = await openPage(app);
      await page.next("snapshot");
      expect(figuresOf(app).pages).toBe(1);
      expect(activities()).toEqual([expect.objectContaining({ kind: "interval" })]);
      expect(observe).toHaveBeenCalled();
    }
    await vi.waitFor(() => expect(figuresOf(app).pages).toBe(0));
    expect(activities()).toEqual([]);
    observe.mockClear();
    await fetch(app.at("/_pawl/service?path=inspector"));
    await fetch(app.at("/_pawl/timeline"));
    await fetch(app.at("/_pawl/live"), { method: "HEAD" });
    expect(observe).not.toHaveBeenCalled();
    expect(figuresOf(app).pages).toBe(0);
  });

  test("is bounded with 5,000 services: a push looks at 600 of them at most, whatever happened", async () => {
    const many = new Many();
    await using app = await webApp({ providers: { many }, routes: [inspector()], http: anyPort });
    await many.add(5_000);
    await using page = await openPage(app);
    // The rows are made in turns of the event loop, before the snapshot tells all of them.
    const { rows } = await page.next("snapshot");
    expect(rows).toHaveLength(5_003);
    expect(new Set(rows.map(({ path }) => path)).size).toBe(5_003);
    await app.clock.advance("250ms");
    expect(figuresOf(app).lastInspected).toBe(200);
    const all = many.ones.splice(0);
    for (const one of all) warn(one, "all at once");
    const warned = new Set<string>();
    let pushes = 0;
    for (; warned.size < all.length; pushes++) {
      await app.clock.advance("250ms");
      for (const row of (await page.next("changes")).rows) if (row.warnings.length > 0) warned.add(row.path);
    }
    expect(pushes).toBeGreaterThan(8);
    await Promise.all(all.map((one) => one.stop()));
    await app.clock.advance("250ms");
    expect((await page.next("changes")).gone).toHaveLength(5_000);
    await many.add(1_500);
    const came = new Set<string>();
    while (came.size < 1_500) {
      await app.clock.advance("250ms");
      for (const { path } of (await page.next("changes")).rows) if (path.startsWith("many/")) came.add(path);
    }
    expect(figuresOf(app).mostInspected).toBeLessThanOrEqual(600);
  }, 60_000);

  test("is small for an idle app: nothing is sent but that its memory changed", async () => {
    await using app = await webApp({ providers: { many: Many }, routes: [inspector()], http: anyPort });
    await using page = await openPage(app);
    await page.next("snapshot");
    await app.clock.advance("10s");
    const stopped = app.stop();
    await page.ended();
    await stopped;
    const changes = page.received.filter(({ event }) => event === "changes").map(({ data }) => data);
    // The stream itself is something that the inspector has begun; after that there is nothing.
    expect(changes[0]).toMatchObject({ rows: [{ path: "inspector" }] });
    for (const one of changes.slice(1)) expect(one).toMatchObject({ app: { state: "running" }, rows: [], gone: [] });
  });

  test("does not grow with a page that reads slowly: it gets the newest when it reads on", async () => {
    let count = 0;
    const row = { path: "metrics", activities: 0 };
    const closed = vi.fn();
    const data = {
      isComplete: true,
      app: {},
      rates: undefined,
      rows: [row],
      order: ["metrics"],
      row: (path: string) => (path === "metrics" ? { ...row, activities: count } : undefined),
    };
    const page = new PageStream(data as never, closed);
    const reader = page.body.getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toContain("event: snapshot");
    for (count = 0; count < 100_000; count++) {
      page.note({ paths: ["metrics", "gone"], isReordered: false, app: false });
      page.flush();
    }
    // What was on its way when it stopped to read, and all that came later as one.
    const texts = [await next(), await next()];
    expect(texts[0]).toContain('"activities":0');
    expect(JSON.parse(texts[1]?.split("data: ")[1] ?? "")).toEqual({
      rows: [{ ...row, activities: 100_000 }],
      gone: ["gone"],
    });
    await reader.cancel();
    expect(closed).toHaveBeenCalledOnce();
  });

  test("watches the event loop while a page is open", async () => {
    await using app = await webApp({ routes: [inspector()], http: anyPort });
    await using page = await OpenPage.at(app.at("/_pawl/live"));
    await page.next("snapshot");
    // A real block, seen by the histogram of Node.
    const seen = monitorEventLoopDelay({ resolution: 1 });
    seen.enable();
    await vi.waitFor(() => expect(seen.count).toBeGreaterThan(5));
    const until = performance.now() + 120;
    while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve));
    await vi.waitFor(() => expect(seen.max).toBeGreaterThan(100e6));
    seen.disable();
    await app.clock.advance("1s");
    let { app: info } = await page.next("changes");
    while (!info) info = (await page.next("changes")).app;
    expect(info.loopDelayMs).toBeGreaterThan(90);
  });
});
