import { NotRunningError, StartError, UnknownServiceError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { restarted } from "../supervision/restarted.ts";
import { actor, errorOf, gate, isSettled, noted } from "./actor.ts";

const boom = new Error("boom");

describe("start(name)", () => {
  it("starts a provider that was stopped: the same instance, with a new signal and its onReady", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop", { onReady: () => journal.push("ready shop") });
    await using app = await testApp({ providers: { shop, mail: noted(journal, "mail") } });
    const { signal } = shop;
    await shop.stop();
    expect(() => app.service("shop")).toThrow(NotRunningError);
    expect(await app.start("shop")).toBe(app);
    expect(app.service("shop")).toBe(shop);
    expect(shop.signal).not.toBe(signal);
    await app.stop();
    // The one that has started last is stopped first.
    expect(journal).toEqual(["+shop", "+mail", "ready shop", "-shop", "+shop", "ready shop", "-shop", "-mail"]);
  });

  it("is the start under way, where there is one, and nothing where it runs", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStart: () => (journal.length > 2 ? work.opened : undefined) });
    await using app = await testApp({ providers: { shop } });
    await app.start("shop");
    await shop.stop();
    const starts = [app.start("shop"), app.start("shop")];
    await app.clock.settle();
    expect(await isSettled(starts[1] as Promise<unknown>)).toBe(false);
    work.open();
    await Promise.all(starts);
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
  });

  it("waits for a stop under way, and starts after it", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const stopped = shop.stop();
    const started = app.start("shop");
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop"]);
    work.open();
    await Promise.all([stopped, started]);
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
  });

  it("that fails is told to who asked, leaves it failed and all else running, and may be asked for again", async () => {
    let fails = false;
    const shop = actor({
      onStart() {
        if (fails) throw boom;
      },
    });
    await using app = await testApp({ providers: { shop, mail: actor() } });
    await shop.stop();
    fails = true;
    const error = await errorOf(app.start("shop"));
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).cause).toBe(boom);
    expect([app.state, app.inspect().services.map(({ name }) => name)]).toEqual(["running", ["mail"]]);
    fails = false;
    await app.start("shop");
    expect(app.inspect().services.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "mail running",
      "shop running",
    ]);
  });

  it("is ended by the stop of the kernel, as any start", async () => {
    const work = gate();
    let count = 0;
    const shop = actor({ onStart: () => (count++ > 0 ? work.opened : undefined) });
    await using app = await testApp({ providers: { shop } });
    await shop.stop();
    const started = errorOf(app.start("shop"));
    await app.clock.settle();
    const stopped = app.stop();
    work.open();
    await stopped;
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("from inside its own stop does not wait for itself", async () => {
    const journal: string[] = [];
    let again = true;
    const shop = noted(journal, "shop", {
      async onStop() {
        if (again) await this.app.start("shop" as never);
        again = false;
        journal.push("stopped");
      },
    });
    await using app = await testApp({ providers: { shop } });
    await shop.stop();
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop", "stopped", "+shop"]);
  });

  it("is refused for what is no service, and while the kernel does not run", async () => {
    await using app = createTestApp({ providers: { shop: actor(), db: () => ({ rows: 3 }) } });
    expect(await errorOf(app.start("shop"))).toMatchObject({
      code: "PAWL_NOT_RUNNING",
      message: 'start("shop"): app is idle; a provider can be started by its name while the kernel runs',
    });
    await app.start();
    expect(await errorOf(app.start("db"))).toMatchObject({
      code: "PAWL_NOT_RUNNING",
      message: 'start("db"): it is a plain value, which starts and stops with the kernel',
    });
    const unknown = await errorOf(app.start("shpo" as never));
    expect(unknown).toBeInstanceOf(UnknownServiceError);
    expect((unknown as Error).message).toContain('did you mean "shop"?');
    expectTypeOf(app.start).parameter(0).toEqualTypeOf<"shop" | "db" | undefined>();
  });

  it("is refused while it waits for the restart that a crash has brought", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(boom);
    await app.clock.settle();
    expect(await errorOf(app.start("shop"))).toMatchObject({ code: "PAWL_NOT_RUNNING" });
    await shop.stop();
    await app.start("shop");
    expect(app.service("shop")).toBe(shop);
    await app.clock.advance("1m");
    expect([app.inspect().services[0]?.restarts, app.errors.length]).toEqual([0, 1]);
  });
});

describe("restart(name)", () => {
  it("stops and starts it in its place: it is stopped where it would have been", async () => {
    const journal: string[] = [];
    const [db, shop, mail] = [noted(journal, "db"), noted(journal, "shop"), noted(journal, "mail")];
    await using app = await testApp({ providers: { db, shop, mail } });
    await app.restart("db");
    expect(journal.splice(0)).toEqual(["+db", "+shop", "+mail", "-db", "+db"]);
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["db", "shop", "mail"]);
    await app.stop();
    expect(journal).toEqual(["-mail", "-shop", "-db"]);
  });

  it("is one, however many ask for it", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop } });
    await Promise.all([app.restart("shop"), app.restart("shop")]);
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
  });

  it("starts what is down", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop } });
    await shop.stop();
    await app.restart("shop");
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
  });

  it("tells failures of the stop to onError, and starts it all the same", async () => {
    let fails = true;
    const shop = actor({
      onStop() {
        if (fails) throw boom;
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.restart("shop");
    fails = false;
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_STOP_FAILED" }, origin: { path: "shop", label: "restart" } },
    ]);
    expect(app.service("shop")).toBe(shop);
  });

  it("that fails leaves it down, and its name and place free", async () => {
    let fails = false;
    const shop = actor({
      onStart() {
        if (fails) throw boom;
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop), mail: actor() } });
    fails = true;
    expect(await errorOf(app.restart("shop"))).toMatchObject({ code: "PAWL_START_FAILED", cause: boom });
    await app.clock.advance("1m");
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["mail"]);
    fails = false;
    await app.start("shop");
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["mail", "shop"]);
  });

  it.each<[string, (app: { stop(): Promise<void> }, shop: { stop(): Promise<void> }) => Promise<void>]>([
    ["of the service", (_, shop) => shop.stop()],
    ["of the kernel", (app) => app.stop()],
  ])("is taken back by a stop %s", async (_, stop) => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const restart = errorOf(app.restart("shop"));
    await app.clock.settle();
    const stopped = stop(app, shop);
    work.open();
    await stopped;
    expect(await restart).toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("from inside the service resolves when it has begun", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop } });
    const { signal } = shop;
    await shop.spawn(async () => {
      await app.restart("shop");
      journal.push("asked");
    });
    await app.clock.settle();
    expect(journal).toEqual(["+shop", expect.any(String), expect.any(String), "+shop"]);
    expect(signal.aborted).toBe(true);
  });
});
