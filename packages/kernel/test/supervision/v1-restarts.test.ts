import { NotRunningError, type StopReason } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, gate, noted } from "../lifecycle/actor.ts";
import { restarted } from "./restarted.ts";

const boom = new Error("boom");

describe("V1 A crash of a service that is to be restarted", () => {
  it("stops it with its three steps and reason crash, waits, and starts the same instance anew", async () => {
    const journal: string[] = [];
    const reasons: StopReason[] = [];
    const shop = actor({
      onStart() {
        journal.push("+");
        this.addCleanup(() => journal.push("released"));
      },
      onStop(reason) {
        reasons.push(reason);
        journal.push("-");
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    const firstSignal = shop.signal;
    shop.fail(boom);
    expect([shop.signal.aborted, app.inspect().services[0]?.state]).toEqual([true, "failed"]);
    await app.clock.advance("99ms");
    expect(journal).toEqual(["+", "-", "released"]);
    expect(reasons).toEqual([{ kind: "crash", path: "shop", error: boom }]);
    await app.clock.advance("1ms");
    expect(journal).toEqual(["+", "-", "released", "+"]);
    expect(app.service("shop")).toBe(shop);
    expect(shop.signal).not.toBe(firstSignal);
    expect(shop.signal.aborted).toBe(false);
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "shop", label: "fail()" } }]);
    expect(app.state).toBe("running");
  });

  it.each<[string, (shop: Actor) => unknown, string]>([
    ["a failed task", (shop) => void shop.spawn(() => Promise.reject(boom)), 'task "anonymous"'],
    [
      'a tick with onError: "crash"',
      (shop) => shop.interval(() => Promise.reject(boom), "10ms", { onError: "crash" }),
      'interval "anonymous"',
    ],
  ])("by %s is told once, with what crashed", async (_, crash, label) => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    crash(shop);
    await app.clock.advance("1s");
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "shop", label } }]);
    expect(app.inspect().services[0]).toMatchObject({ state: "running", restarts: 1, lastError: "boom" });
  });

  it("happens also where it was thrown in what goes on for a while: that is awaited first", async () => {
    const work = gate();
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.spawn(async () => {
      shop.fail(boom);
      await work.opened;
      journal.push("task ended");
    });
    await app.clock.advance("1s");
    expect(journal).toEqual(["+shop", "-shop"]);
    work.open();
    await app.clock.advance("1s");
    expect(journal).toEqual(["+shop", "-shop", "task ended", "+shop"]);
    // The new run is none of the old task's: it takes work.
    expect(await shop.spawn(() => "works")).toBe("works");
    expect(app.errors).toHaveLength(1);
  });

  it("what its stop left behind is refused later, also while it runs again; the new run takes work", async () => {
    const work = gate();
    const late: unknown[] = [];
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { stopTimeout: "1s" }) } });
    shop.spawn(async () => {
      shop.fail(boom);
      await work.opened;
      try {
        shop.interval(() => {}, "1s");
      } catch (error) {
        late.push(error);
      }
    });
    await app.clock.advance("5s");
    expect(app.inspect().services[0]).toMatchObject({ state: "running", restarts: 1 });
    work.open();
    await app.clock.settle();
    expect(late).toMatchObject([{ code: "PAWL_NOT_RUNNING" }]);
    expect(await shop.spawn(() => 1)).toBe(1);
    // The crash, and the stop that left a task behind.
    expect(app.errors).toMatchObject([
      { error: boom },
      { error: { code: "PAWL_STOP_FAILED", errors: [{ code: "PAWL_ABANDONED" }] }, origin: { label: "restart" } },
    ]);
  });

  it("while it is down, service() throws a NotRunningError that says so; a reference taken earlier stays the same", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    // Resolved until its onStop has returned, as in any stop.
    expect(app.service("shop")).toBe(shop);
    await app.clock.settle();
    expect(() => app.service("shop")).toThrow(NotRunningError);
    expect(() => app.service("shop")).toThrow('service("shop"): it is being restarted');
    expect(() => shop.interval(() => {}, "1s")).toThrow(/shop: interval\(\) was called while it is being restarted/);
    await app.clock.advance("100ms");
    expect(app.service("shop")).toBe(shop);
    expect(app.errors).toHaveLength(1);
  });

  it("failures of its stop go to onError as one StopError, and it is started all the same", async () => {
    const torn = new Error("torn");
    const shop = actor({
      onStart() {
        this.addCleanup(() => Promise.reject(torn));
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    await app.clock.advance("100ms");
    expect(app.errors).toMatchObject([
      { error: boom },
      { error: { code: "PAWL_STOP_FAILED", path: "shop", errors: [{ cause: torn }] }, origin: { path: "shop" } },
    ]);
    expect(app.inspect().services[0]?.state).toBe("running");
    await expect(app.stop()).rejects.toMatchObject({ errors: [{ cause: torn }] });
  });

  it("onReady comes right after its own start", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop", { onReady: () => journal.push("ready") });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    await app.clock.advance("100ms");
    expect(journal).toEqual(["+shop", "ready", "-shop", "+shop", "ready"]);
    expect(app.errors).toHaveLength(1);
  });

  it("a second crash before its turn goes to onError and counts for nothing", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { maxRestarts: 1 }) } });
    shop.fail(boom);
    shop.fail(new Error("second"));
    await app.clock.advance("1s");
    expect(app.errors).toMatchObject([{ error: boom }, { error: { message: "second" } }]);
    expect(app.inspect().services[0]).toMatchObject({ state: "running", restarts: 1 });
  });
});

describe("V1 stop() of a service that waits for its restart", () => {
  it("cancels the restart: it stays down, is nobody's, and may be owned anew", async () => {
    const journal: string[] = [];
    const owner = actor({
      async onStart() {
        await this.adopt(child, { restart: "on-failure", backoff: "100ms" });
      },
    });
    const child = noted(journal, "child");
    await using app = await testApp({ providers: { owner } });
    child.fail(boom);
    await app.clock.advance("50ms");
    expect(app.inspect().services[0]?.children[0]).toMatchObject({
      state: "failed",
      nextStartAt: "2025-01-01T00:00:00.100Z",
    });
    await child.stop();
    expect(app.inspect().services[0]?.children).toEqual([]);
    await app.clock.settle();
    expect(app.clock.pending).toEqual([]);
    await app.clock.advance("1s");
    expect(journal).toEqual(["+child", "-child"]);
    await owner.adopt(child);
    expect(app.inspect().services[0]?.children).toMatchObject([{ name: "child", state: "running", restarts: 0 }]);
    expect(app.errors).toHaveLength(1);
  });

  it("waits for the stop under way, and cancels the restart", async () => {
    const work = gate();
    const journal: string[] = [];
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    await app.clock.settle();
    const stopped = shop.stop().then(() => journal.push("stopped"));
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop"]);
    work.open();
    await stopped;
    await app.clock.advance("1s");
    expect(journal).toEqual(["+shop", "-shop", "stopped"]);
    expect(app.facts.of("service.stopped").map(({ path }) => path)).toEqual(["shop"]);
    expect(app.errors).toHaveLength(1);
  });

  it("while it starts again: the start is given up", async () => {
    const work = gate();
    let starts = 0;
    const shop = actor({
      async onStart() {
        starts++;
        if (starts > 1) await work.opened;
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    await app.clock.advance("100ms");
    const stopped = shop.stop();
    await app.clock.settle();
    expect(shop.signal.aborted).toBe(true);
    work.open();
    await stopped;
    await app.clock.advance("10s");
    expect([starts, app.state]).toEqual([2, "running"]);
    expect(app.errors).toHaveLength(1);
  });
});

describe("V1 Once its owner is stopping nothing is restarted or escalated", () => {
  it("a crash joins the StopError", async () => {
    const work = gate();
    const shop = actor();
    const last = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop: restarted(shop), last } });
    const failed = errorOf(app.stop());
    await app.clock.settle();
    shop.fail(boom);
    work.open();
    expect(await failed).toMatchObject({ code: "PAWL_STOP_FAILED", errors: [{ cause: boom, path: "shop" }] });
    expect(app.facts.of("restart")).toEqual([]);
    expect(app.facts.of("escalation")).toEqual([]);
  });

  it("a restart that waits is cancelled", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop: restarted(shop), last: noted(journal, "last") } });
    shop.fail(boom);
    await app.clock.advance("50ms");
    await app.stop();
    await app.clock.advance("1s");
    expect(journal).toEqual(["+shop", "+last", "-shop", "-last"]);
    expect(app.clock.pending).toEqual([]);
    expect(app.errors).toHaveLength(1);
    await app.start();
    expect(journal.slice(4)).toEqual(["+shop", "+last"]);
  });

  it("a start that a restart has begun is aborted and undone, before anything else stops", async () => {
    const journal: string[] = [];
    let starts = 0;
    const shop = actor({
      async onStart() {
        starts++;
        if (starts === 1) return;
        this.addCleanup(() => journal.push("undone"));
        await this.sleep("1h");
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop), last: noted(journal, "last") } });
    shop.fail(boom);
    await app.clock.advance("100ms");
    await app.stop();
    expect(journal).toEqual(["+last", "undone", "-last"]);
    expect(app.errors).toHaveLength(1);
  });

  it("where the owner itself has crashed, later crashes below it go to onError", async () => {
    const child = actor({ name: "child" });
    const shop = actor({
      async onStart() {
        await this.adopt(child, { restart: "on-failure", backoff: "100ms" });
      },
    });
    const work = gate();
    const last = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop, last } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    child.fail(new Error("child"));
    await app.clock.advance("1s");
    work.open();
    expect(await ended).toMatchObject({ path: "shop", cause: boom });
    expect(app.facts.of("restart")).toEqual([]);
    expect(app.errors).toMatchObject([{ error: { message: expect.stringContaining("child") } }]);
  });
});
