import { ActionError, Service } from "@pawl/kernel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { inspector } from "../../src/index.ts";
import { openPage, press } from "../open-page.ts";
import { anyPort, webApp } from "../web-app.ts";

class Metrics extends Service {
  collected = 0;
  paid: unknown[] = [];
  readonly stuck = Promise.withResolvers<void>();

  override onStart() {
    this.interval(this.collect, "1h");
    this.interval(this.fails, "1h");
    this.interval(() => this.stuck.promise, "1h", { label: "stuck" });
    this.listen("order:paid", (order: unknown) => void this.paid.push(order));
  }
  collect() {
    return ++this.collected;
  }
  fails() {
    throw new Error("the disk is full");
  }
  stats = this.action(
    z.object({ since: z.number(), deep: z.object({ name: z.string() }).optional() }),
    ({ since }) => ({
      since,
      collected: this.collected,
    }),
  );
  refuses = this.action(() => {
    throw new ActionError("sold out", { reason: "sold-out", status: 409 });
  });
  breaks = this.action(() => {
    throw Object.assign(new Error("the database is down"), { code: "ECONNREFUSED" });
  });
  big = this.action(() => ({ count: 1n }) as unknown as object);
  waits = this.action(
    ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
}

class Shop extends Service {
  override async onStart() {
    await this.adopt(new Metrics());
  }
}

const made = () =>
  webApp({
    name: "shop",
    providers: { metrics: new Metrics(), shop: Shop },
    events: { "order:paid": z.object({ total: z.number() }) },
    routes: [inspector()],
    http: anyPort,
  });

describe("a button", () => {
  test("stops a provider, starts it and restarts it", async () => {
    await using app = await made();
    const metrics = app.service("metrics");
    expect(await press(app, { do: "stop", path: "metrics" })).toEqual({
      status: 200,
      outcome: { ok: true, ms: expect.any(Number) },
    });
    expect(app.inspect().down).toEqual(["metrics"]);
    expect((await press(app, { do: "start", path: "metrics" })).status).toBe(200);
    expect(metrics.signal.aborted).toBe(false);
    const { signal } = metrics;
    expect((await press(app, { do: "restart", path: "metrics" })).status).toBe(200);
    expect([signal.aborted, metrics.signal.aborted]).toEqual([true, false]);
  });

  test("stops a child; says who can start it again", async () => {
    await using app = await made();
    expect(await press(app, { do: "restart", path: "shop/metrics" })).toEqual({
      status: 409,
      outcome: {
        ok: false,
        message: "shop/metrics is no provider, so that it cannot restart by itself; restart shop, which it belongs to",
      },
    });
    expect((await press(app, { do: "stop", path: "shop/metrics" })).status).toBe(200);
    expect(await press(app, { do: "start", path: "shop/metrics" })).toMatchObject({
      status: 404,
      outcome: { code: "PAWL_UNKNOWN_SERVICE" },
    });
    expect((await press(app, { do: "start", path: "inspector" })).outcome).toMatchObject({
      message: "inspector is no provider: it starts and stops with the app",
    });
  });

  test("triggers an activity and gives its result, or its error", async () => {
    await using app = await made();
    const trigger = (activity: string) => press(app, { do: "trigger", path: "metrics", activity });
    expect((await trigger('interval "collect"')).outcome).toMatchObject({ ok: true, result: 1 });
    expect(app.service("metrics").collected).toBe(1);
    expect(await trigger('interval "fails"')).toEqual({
      status: 500,
      outcome: { ok: false, message: "the disk is full" },
    });
    expect(await trigger('interval "nothing"')).toMatchObject({ status: 404, outcome: { ok: false } });
  });

  test("waits no longer than 30 seconds; what comes of it later is told in the log", async () => {
    await using app = await made();
    const pressed = press(app, { do: "trigger", path: "metrics", activity: 'interval "stuck"' });
    const metrics = app.service("metrics");
    await vi.waitFor(() => expect(app.inspect().services[0]?.inFlight).toHaveLength(1));
    await app.clock.advance("30s");
    expect(await pressed).toMatchObject({ status: 504, outcome: { message: "it was still under way after 30s" } });
    metrics.stuck.resolve();
    await app.clock.settle();
  });

  test("calls an action: validated, with its signal, and in its time", async () => {
    await using app = await made();
    const call = (action: string, input?: unknown) => press(app, { do: "call", path: "metrics", action, input });
    expect((await call("stats", { since: 3 })).outcome).toMatchObject({ ok: true, result: { since: 3, collected: 0 } });
    const { status, outcome } = await call("stats", { since: "x", deep: { name: 1 } });
    expect(status).toBe(400);
    expect(outcome).toMatchObject({ ok: false, code: "PAWL_ACTION_INPUT" });
    expect(!outcome.ok && outcome.issues?.map(({ path }) => path)).toEqual(["since", "deep.name"]);
    expect(await call("refuses")).toEqual({
      status: 409,
      outcome: { ok: false, code: "sold-out", message: "sold out" },
    });
    expect(await call("nothing")).toMatchObject({ status: 404, outcome: { code: "PAWL_UNKNOWN_ACTION" } });
    expect(await call("big")).toMatchObject({ status: 500, outcome: { ok: false } });
    expect(await press(app, { do: "call", path: "shop/metrics", action: "stats", input: { since: 1 } })).toMatchObject({
      status: 200,
    });
    const waits = call("waits");
    await vi.waitFor(() => expect(app.inspect().services[0]?.inFlight).toHaveLength(1));
    await app.clock.advance("30s");
    expect(await waits).toMatchObject({ status: 504, outcome: { code: "PAWL_ACTION_TIMEOUT" } });
  });

  test("tells what an action failed with, and so is onError", async () => {
    await using app = await made();
    expect(await press(app, { do: "call", path: "metrics", action: "breaks" })).toEqual({
      status: 500,
      outcome: { ok: false, code: "ECONNREFUSED", message: "the database is down" },
    });
    expect(app.errors).toMatchObject([
      { error: { message: "the database is down" }, origin: { path: "metrics", label: 'action "breaks"' } },
    ]);
  });

  test("emits an event, in the name of the inspector", async () => {
    await using app = await made();
    const emit = (event: string, payload?: unknown) => press(app, { do: "emit", event, payload });
    expect((await emit("order:paid", { total: 3 })).outcome).toMatchObject({ ok: true, result: { listeners: 2 } });
    expect(app.service("metrics").paid).toEqual([{ total: 3 }]);
    expect(app.facts.all.filter(({ kind }) => kind === "event.emitted")).toMatchObject([{ path: "inspector" }]);
    expect(await emit("order:paid", { total: "x" })).toMatchObject({
      status: 400,
      outcome: { code: "PAWL_EVENT_PAYLOAD", issues: [{ path: "total" }] },
    });
    expect(await emit("order:*")).toMatchObject({ status: 400, outcome: { ok: false } });
  });

  test("that stops the app is answered before it goes", async () => {
    await using app = await made();
    await using page = await openPage(app);
    await page.next("snapshot");
    const ended = app.wait();
    expect(await press(app, { do: "stop", path: "" })).toMatchObject({
      status: 200,
      outcome: { ok: true, result: { state: "stopping" } },
    });
    await page.next("end");
    await ended;
    expect(app.state).toBe("stopped");
  });

  test("that restarts the app is answered before it goes, and it comes back", async () => {
    await using app = await made();
    expect((await press(app, { do: "restart", path: "" })).outcome).toMatchObject({ result: { state: "stopping" } });
    await vi.waitFor(() => expect(app.state).toBe("running"));
    expect((await press(app, { do: "emit", event: "again" })).status).toBe(200);
  });

  test.each(["http", "inspector"])("that stops %s itself is answered as well", async (path) => {
    await using app = await made();
    expect((await press(app, { do: "stop", path })).status).toBe(200);
    await vi.waitFor(() => expect(app.inspect().services.map((one) => one.path)).not.toContain(path));
  });
});

describe("the log", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("says who asked for what, and how it failed", async () => {
    const lines: string[] = [];
    const line =
      (service = "") =>
      (...args: readonly unknown[]) =>
        void lines.push(`${service} ${String(args.at(-1))}`);
    const logger = (service?: string): never =>
      ({
        ...Object.fromEntries(
          ["trace", "debug", "info", "warn", "error", "fatal"].map((level) => [level, line(service)]),
        ),
        child: (bindings: { service?: string }) => logger(bindings.service),
      }) as never;
    await using app = await webApp({
      logger: logger(),
      providers: { metrics: Metrics },
      routes: [inspector()],
      http: anyPort,
    });
    expect(lines).toEqual([`inspector inspector at ${app.at("/_pawl").href}`]);
    await press(app, { do: "stop", path: "metrics" });
    await press(app, { do: "stop", path: "nobody" });
    expect(lines.slice(1)).toEqual([
      "inspector asked for on the page: stop metrics",
      "inspector asked for on the page: stop nobody",
      'inspector stop nobody failed: there is no service "nobody" now',
    ]);
  });
});

describe("what is no command", () => {
  test.each([
    [null, "it must be an object"],
    [{}, "do must be one of"],
    [{ do: "explode", path: "metrics" }, "do must be one of"],
    [{ do: "stop" }, "path must be a text"],
    [{ do: "trigger", path: "metrics" }, "activity must be a text"],
    [{ do: "call", path: "metrics", action: 7 }, "action must be a text"],
    [{ do: "emit" }, "event must be a text"],
  ])("%j is refused: %s", async (command, fault) => {
    await using app = await made();
    const { status, outcome } = await press(app, command as object);
    expect(status).toBe(400);
    expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining(fault) });
  });

  test("nor are a body that is no JSON, one that is too large, and another method", async () => {
    await using app = await webApp({ routes: [inspector()] });
    const send = (body: string) =>
      app.fetch("/_pawl/do", {
        method: "POST",
        headers: { "x-pawl-inspector": "1", origin: "http://localhost", "content-type": "application/json" },
        body,
      });
    expect((await send("{")).status).toBe(400);
    expect((await send(JSON.stringify({ do: "emit", event: "a", payload: "x".repeat(1_100_000) }))).status).toBe(413);
    expect((await app.fetch("/_pawl/do")).status).toBe(405);
  });
});
