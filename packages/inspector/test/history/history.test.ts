import { FlightRecorder, recorderOf } from "@pawl/diagnostics";
import { type Kernel, provide, Service } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { factText } from "../../src/history/fact-text.ts";
import { timelineOf } from "../../src/history/timeline.ts";
import { type Detail, inspector, type Timeline } from "../../src/index.ts";
import { openPage } from "../open-page.ts";
import { anyPort, type WebApp, webApp } from "../web-app.ts";

class Metrics extends Service.with({
  options: z.object({ every: z.string(), password: z.string() }),
  secret: ["password"],
}) {
  override onStart() {
    this.interval(this.collect, "1h");
    addFigures(this, "metrics", () => [{ name: "orders", kind: "counter", value: 7 }]);
  }
  collect() {
    throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  }
  stats = this.action(z.object({ since: z.number() }), ({ since }) => since, { description: "Orders since then." });
}

class Shop extends Service {
  override async onStart() {
    await this.adopt(new (class Worker extends Service {})());
  }
}

async function detail(app: WebApp, path: string): Promise<{ readonly status: number; readonly body: Detail }> {
  const answer = await fetch(app.at(`/_pawl/service?path=${encodeURIComponent(path)}`));
  return { status: answer.status, body: (await answer.json()) as Detail };
}

const made = () =>
  webApp({
    name: "shop",
    providers: { metrics: provide(Metrics, { options: { every: "1m", password: "hunter2" } }), shop: Shop },
    routes: [inspector()],
    http: anyPort,
  });

describe("the detail of a service", () => {
  test("is what it holds, what can be done with it, and what happened", async () => {
    await using app = await made();
    await using page = await openPage(app);
    await page.next("snapshot");
    await app.clock.advance("1h");
    await app.restart("metrics");
    const { status, body } = await detail(app, "metrics");
    expect(status).toBe(200);
    expect(body.row).toMatchObject({ path: "metrics", owner: "", state: "running", errors: 1 });
    expect(body.snapshot).toMatchObject({
      activities: [{ kind: "interval" }, { kind: "action" }],
      figures: { metrics: [{ name: "orders", value: 7 }] },
      options: { every: "1m" },
    });
    expect(JSON.stringify(body)).not.toContain("hunter2");
    expect(body.actions).toEqual([
      {
        name: "stats",
        description: "Orders since then.",
        admin: false,
        schema: expect.objectContaining({ type: "object", required: ["since"] }),
      },
    ]);
    expect(body.triggers).toEqual(['interval "collect"']);
    expect(body.errors).toEqual([
      {
        at: expect.stringMatching(/Z$/),
        label: 'interval "collect"',
        name: "Error",
        code: "ENOSPC",
        message: "the disk is full",
        stack: expect.stringContaining("history.test.ts"),
      },
    ]);
    expect(body.facts.map(({ kind }) => kind)).toEqual([
      "service.started",
      "service.starting",
      "service.stopped",
      "service.stopping",
      "error",
    ]);
    expect(body.facts.at(-1)).toMatchObject({
      path: "metrics",
      text: 'interval "collect" failed: the disk is full',
      data: { label: 'interval "collect"' },
    });
    expect(app.errors).toHaveLength(1);
  });

  test("has what its children did, and leaves their trees out", async () => {
    await using app = await made();
    await using page = await openPage(app);
    await page.next("snapshot");
    await app.restart("shop");
    const { body } = await detail(app, "shop");
    expect(new Set(body.facts.map(({ path }) => path))).toEqual(new Set(["shop", "shop/worker"]));
    expect(body.snapshot.children).toEqual([]);
    expect(body.snapshot.resources).toHaveLength(1);
    expect((await detail(app, "shop/worker")).body.facts.every(({ path }) => path === "shop/worker")).toBe(true);
  });

  test.each(["", "nobody", "shop/nobody"])("is not found for %j", async (path) => {
    await using app = await made();
    expect((await detail(app, path)).status).toBe(404);
  });

  test("is there without an open page, from the recorder of the app", async () => {
    const app = await made();
    await app.stop();
    const recorder = new FlightRecorder(app as Kernel);
    await using _ = app;
    await app.start();
    const { body } = await detail(app, "shop");
    expect(body.facts.map(({ kind }) => kind)).toContain("service.started");
    recorder.stop();
  });

  test("leaves no recorder behind where the app had none", async () => {
    await using app = await made();
    {
      await using page = await openPage(app);
      await page.next("snapshot");
      expect(recorderOf(app as Kernel)).toBeDefined();
    }
    while (recorderOf(app as Kernel)) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("the timeline", () => {
  test("shows the starts and stops that the recorder holds, with a bar for each step", async () => {
    const app = await webApp({ providers: { shop: Shop }, routes: [inspector()], http: anyPort });
    await app.stop();
    const recorder = new FlightRecorder(app as Kernel);
    await using _ = app;
    await app.start();
    await app.restart();
    const { runs } = (await (await fetch(app.at("/_pawl/timeline"))).json()) as Timeline;
    expect(runs.map(({ kind, ok }) => [kind, ok])).toEqual([
      ["start", true],
      ["stop", true],
      ["start", true],
    ]);
    const [start, stop] = runs;
    expect(start?.bars.map(({ phase, path }) => `${phase} ${path}`)).toEqual(
      expect.arrayContaining(["start shop", "start shop/worker", "start http"]),
    );
    expect(stop?.bars.map(({ phase, path }) => `${phase} ${path}`)).toEqual(
      expect.arrayContaining(["stop http", "stop shop", "stop shop/worker"]),
    );
    recorder.stop();
  });

  const at = (ms: number, kind: string, fields: object = {}) => ({ seq: 0, at: 1_000 + ms, kind, ...fields });

  test("places each bar from the begin of its run, and says what failed", () => {
    const { runs } = timelineOf(
      [
        at(0, "service.started", { path: "of an earlier run", ms: 5 }),
        at(0, "kernel.starting"),
        at(1, "service.starting", { path: "a" }),
        at(4, "service.started", { path: "a", ms: 3 }),
        at(5, "service.starting", { path: "b" }),
        at(9, "service.failed", { path: "b", ms: 4, error: {} }),
        at(10, "service.stopping", { path: "a" }),
        at(10, "release.started", { path: "a", label: "own(Pool)" }),
        at(12, "release.ended", { path: "a", label: "own(Pool)", ms: 2, error: {} }),
        at(13, "service.stopped", { path: "a", ms: 3 }),
        at(14, "kernel.failed", { ms: 14 }),
      ],
      5_000,
    );
    expect(runs).toEqual([
      {
        kind: "start",
        at: new Date(1_000).toISOString(),
        ms: 14,
        ok: false,
        bars: [
          { path: "a", phase: "start", at: 1, ms: 3, ok: true },
          { path: "b", phase: "start", at: 5, ms: 4, ok: false },
          { path: "a", phase: "release", at: 10, ms: 2, ok: false },
          { path: "a", phase: "stop", at: 10, ms: 3, ok: true },
        ],
      },
    ]);
  });

  test("says of a stop what did not settle in its time", () => {
    const { runs } = timelineOf(
      [
        at(0, "kernel.stopping"),
        at(2, "service.stopping", { path: "a" }),
        at(7, "release.timedOut", { path: "a", label: "onStop", ms: 5 }),
        at(8, "service.stopped", { path: "a", ms: 6, leftBehind: 1 }),
        at(8, "service.stopping", { path: "b" }),
        at(9, "service.stopped", { path: "b", ms: 1, leftBehind: 0 }),
        at(9, "kernel.stopped", { failures: 1 }),
      ],
      5_000,
    );
    expect(runs[0]?.bars).toEqual([
      { path: "a", phase: "stop", at: 2, ms: 6, ok: false, leftBehind: ["onStop"] },
      { path: "b", phase: "stop", at: 8, ms: 1, ok: true },
    ]);
  });

  test("draws what has not ended up to now", () => {
    const { runs } = timelineOf([at(0, "kernel.stopping"), at(2, "service.stopping", { path: "a" })], 1_050);
    expect(runs[0]).toMatchObject({
      kind: "stop",
      ms: 50,
      bars: [{ path: "a", phase: "stop", at: 2, ms: 48, ok: true, open: true }],
    });
  });

  test("is whole where a start has more facts than the recorder holds", async () => {
    const services = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, Shop]));
    const app = await webApp({ providers: services, routes: [inspector()], http: anyPort });
    await app.stop();
    const recorder = new FlightRecorder(app as Kernel, { size: 20 });
    await using _ = app;
    await app.start();
    expect(recorder.facts().some(({ kind }) => kind === "kernel.starting")).toBe(false);
    const { runs } = (await (await fetch(app.at("/_pawl/timeline"))).json()) as Timeline;
    expect(runs.map(({ kind, ok }) => [kind, ok])).toEqual([["start", true]]);
    const started = runs[0]?.bars.filter(({ phase }) => phase === "start").map(({ path }) => path) ?? [];
    expect(started).toHaveLength(62);
    expect(new Set(started)).toEqual(
      new Set([...Object.keys(services).flatMap((name) => [name, `${name}/worker`]), "inspector", "http"]),
    );
    recorder.stop();
  });

  test("tells of a run whose begin is no longer recorded by its end, and by what its services know", () => {
    const facts = [
      at(40, "service.started", { path: "c", ms: 10 }),
      at(45, "kernel.started", { ms: 45 }),
      at(60, "service.starting", { path: "b" }),
      at(61, "service.started", { path: "b", ms: 1 }),
    ];
    const iso = (ms: number) => new Date(1_000 + ms).toISOString();
    const { runs } = timelineOf(facts, 5_000, () => [
      { path: "a", at: 1_002, ms: 20 },
      { path: "b", at: 1_060, ms: 1 },
      { path: "c", at: 1_030, ms: 10 },
    ]);
    expect(runs).toEqual([
      {
        kind: "start",
        at: iso(0),
        ms: 45,
        ok: true,
        bars: [
          { path: "a", phase: "start", at: 2, ms: 20, ok: true },
          { path: "c", phase: "start", at: 30, ms: 10, ok: true },
        ],
      },
    ]);
    const stop = [at(90, "service.stopped", { path: "a", ms: 30 }), at(100, "kernel.stopped", { ms: 50, failures: 1 })];
    expect(timelineOf(stop, 5_000).runs).toEqual([
      { kind: "stop", at: iso(50), ms: 50, ok: false, bars: [{ path: "a", phase: "stop", at: 10, ms: 30, ok: true }] },
    ]);
  });

  test("keeps the last twenty runs", () => {
    const facts = Array.from({ length: 30 }, (_, i) => [
      at(i * 10, "kernel.starting"),
      at(i * 10 + 5, "kernel.started"),
    ]);
    const { runs } = timelineOf(facts.flat(), 5_000);
    expect(runs).toHaveLength(20);
    expect(runs.at(-1)?.at).toBe(new Date(1_290).toISOString());
  });
});

describe("a fact in words", () => {
  test.each([
    ["service.failed", { ms: 5, error: { message: "no" } }, "could not start, after 5ms: no"],
    ["service.stopping", { reason: { kind: "signal", signal: "SIGINT" } }, "stops: SIGINT"],
    ["service.stopping", { reason: { kind: "crash", error: { message: "no" } } }, "stops: crash, no"],
    ["release.ended", { label: "own(Pool)", ms: 2_000 }, "released own(Pool) in 2s"],
    ["release.ended", { label: "own(Pool)", ms: 2, error: { message: "no" } }, "could not release own(Pool): no"],
    ["health.changed", { ok: false, error: { message: "no" } }, "does not do well: no"],
    ["options.changed", { keys: ["a", "b"] }, "options changed: a, b"],
    ["crash", { error: "thrown" }, "crashed: thrown"],
    ["job.done", { path: "jobs", id: 7, name: "mail" }, "job.done id 7 name mail"],
  ])("%s %j is %j", (kind, fields, text) => {
    expect(factText({ seq: 1, at: 0, kind, ...fields })).toBe(text);
  });
});
