import { CrashError, type Fact } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, noted } from "../lifecycle/actor.ts";
import { restarted } from "./restarted.ts";

const boom = new Error("boom");

describe("V4 Not restarted, or restarted too often: the crash is the owner's", () => {
  it("a child's crash restarts the service that owns it, with everything below it", async () => {
    const journal: string[] = [];
    const child = noted(journal, "child");
    const shop = noted(journal, "shop", {
      async onStart() {
        await this.adopt(child);
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop), other: noted(journal, "other") } });
    journal.length = 0;
    child.fail(boom);
    await app.clock.advance("100ms");
    expect(journal).toEqual(["-shop", "-child", "+shop", "+child"]);
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "shop/child", label: "fail()" } }]);
    expect(app.facts.of("crash").map(({ path }) => path)).toEqual(["shop/child", "shop"]);
    expect(app.facts.of("escalation")).toMatchObject([{ path: "shop/child", to: "shop", error: boom }]);
  });

  it("a supervised child is restarted while its siblings and its owner are untouched", async () => {
    const journal: string[] = [];
    const child = noted(journal, "child");
    const shop = noted(journal, "shop", {
      async onStart() {
        await this.adopt(noted(journal, "sibling"));
        await this.adopt(child, { restart: "on-failure", backoff: false });
      },
    });
    await using app = await testApp({ providers: { shop } });
    journal.length = 0;
    child.fail(boom);
    await app.clock.settle();
    expect(journal).toEqual(["-child", "+child"]);
    expect(app.inspect().services[0]?.children.map(({ path, restarts }) => [path, restarts])).toEqual([
      ["shop/sibling", 0],
      ["shop/child", 1],
    ]);
    expect(app.errors).toHaveLength(1);
  });

  it("keeps the name that it had among others of its kind", async () => {
    const twins = [noted([], "twin"), noted([], "twin"), noted([], "twin")] as const;
    const shop = actor({
      async onStart() {
        for (const twin of twins) await this.adopt(twin, { restart: "on-failure", backoff: false });
      },
    });
    await using app = await testApp({ providers: { shop } });
    twins[1].fail(boom);
    await app.clock.settle();
    expect(app.inspect().services[0]?.children.map(({ name }) => name)).toEqual(["twin", "twin#2", "twin#3"]);
    expect(twins[1].path).toBe("shop/twin#2");
    await twins[1].stop();
    await shop.adopt(noted([], "twin"));
    expect(app.inspect().services[0]?.children.map(({ name }) => name)).toEqual(["twin", "twin#3", "twin#2"]);
    expect(app.errors).toHaveLength(1);
  });

  it("gives up after too many: the original error and its owner path come up through every level", async () => {
    const leaf = actor({ name: "leaf" });
    const middle = actor({
      name: "middle",
      async onStart() {
        await this.adopt(leaf, { restart: "on-failure", backoff: false, maxRestarts: 2 });
      },
    });
    const shop = actor({
      async onStart() {
        await this.adopt(middle, { restart: "on-failure", backoff: false, maxRestarts: 1 });
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    let crashes = 0;
    while (app.state === "running") {
      leaf.fail(new Error(`crash ${++crashes}`));
      await app.clock.settle();
    }
    const error = await ended;
    expect(error).toBeInstanceOf(CrashError);
    expect(error).toMatchObject({ path: "shop/middle/leaf", cause: { message: "crash 6" } });
    // Twice two restarts of the leaf, and one of the middle; the one that ends it all is told by wait() alone.
    expect(app.facts.of("restart").map(({ path }) => path.split("/").at(-1))).toEqual([
      "leaf",
      "leaf",
      "middle",
      "leaf",
      "leaf",
    ]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual([1, 2, 3, 4, 5].map((n) => `crash ${n}`));
  });

  it("the crash of a dependency restarts its dependant, and the dependency with it", async () => {
    const journal: string[] = [];
    const base = noted(journal, "base");
    const shop = noted(journal, "shop", { dependencies: () => [base] });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    journal.length = 0;
    base.fail(boom);
    await app.clock.advance("100ms");
    expect(journal).toEqual(["-shop", "-base", "+base", "+shop"]);
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "base" } }]);
  });

  it("B4 a supervised restart of a provider leaves those that depend on it running", async () => {
    const journal: string[] = [];
    const db = noted(journal, "db");
    const shop = noted(journal, "shop", { dependencies: () => [db] });
    await using app = await testApp({ providers: { shop, db: restarted(db) } });
    expect(journal).toEqual(["+db", "+shop"]);
    db.fail(boom);
    await app.clock.advance("100ms");
    expect(journal).toEqual(["+db", "+shop", "-db", "+db"]);
    await app.stop();
    expect(journal.slice(4)).toEqual(["-shop", "-db"]);
    expect(app.errors).toHaveLength(1);
  });

  it("B4 what crashes together comes up together: a dependant waits for the restart of what it depends on", async () => {
    let refuses = 0;
    const db = actor({
      name: "db",
      onStart() {
        if (refuses-- > 0) throw new Error("connection refused");
      },
    });
    const api = actor({ dependencies: () => [db] });
    const options = { maxRestarts: 20, within: "1m", backoff: "500ms" } as const;
    await using app = await testApp({ providers: { db: restarted(db, options), api: restarted(api) } });
    refuses = 4;
    db.fail(boom);
    api.fail(new Error("query failed"));
    await app.clock.advance("4s");
    expect(app.inspect().services.map(({ name, state, restarts }) => [name, state, restarts])).toEqual([
      ["db", "running", 5],
      ["api", "running", 1],
    ]);
    // A child that needs it waits for it just the same.
    refuses = 1;
    db.fail(boom);
    const adopted = api.adopt(actor({ name: "child", dependencies: () => [db] }));
    await app.clock.advance("4s");
    await adopted;
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual([
      "boom",
      "query failed",
      ...Array.from({ length: 4 }, () => "connection refused"),
      "boom",
      "connection refused",
    ]);
  });

  it("B4 a dependant waits no longer for it than its start timeout", async () => {
    let refuses = false;
    const db = actor({
      name: "db",
      onStart() {
        if (refuses) throw new Error("connection refused");
      },
    });
    const api = actor({ dependencies: () => [db] });
    const options = { maxRestarts: 100, within: "1m", backoff: "1s" } as const;
    await using app = await testApp({
      providers: {
        db: restarted(db, options),
        api: restarted(api, { startTimeout: "5s", maxRestarts: 1, within: "1m" }),
      },
    });
    const ended = errorOf(app.wait());
    refuses = true;
    db.fail(boom);
    await app.clock.settle();
    api.fail(new Error("query failed"));
    await app.clock.advance("20s");
    expect(await ended).toMatchObject({ path: "api", cause: { code: "PAWL_NOT_RUNNING" } });
    expect(app.errors.length).toBeGreaterThan(3);
  });

  it("V1 an error is told once, however often it is said: fail() and throw, fail() twice", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.spawn(() => {
      shop.fail(boom);
      shop.fail(boom);
      throw boom;
    });
    await app.clock.advance("1s");
    expect(app.errors).toMatchObject([{ error: boom, origin: { label: "fail()" } }]);
    expect(app.inspect().services[0]).toMatchObject({ state: "running", restarts: 1 });
  });

  it("B5 the kernel has started when what crashed meanwhile runs again", async () => {
    const first = actor();
    const slow = actor({ onStart: () => first.fail(boom) });
    await using app = createTestApp({ providers: { first: restarted(first, { backoff: "2s" }), slow } });
    const started = app.start();
    await app.clock.advance("1s");
    expect(app.state).toBe("starting");
    await app.clock.advance("1s");
    await started;
    expect(app.service("first")).toBe(first);
    expect(app.errors).toHaveLength(1);
  });

  it("a service that crashes while the kernel still starts others is restarted too", async () => {
    const journal: string[] = [];
    const first = noted(journal, "first", { onReady: () => journal.push("first ready") });
    const slow = noted(journal, "slow", {
      async onStart() {
        first.fail(boom);
        await Promise.resolve();
      },
    });
    await using app = await testApp({ providers: { first: restarted(first, { backoff: false }), slow } });
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["+first", "+first", "+slow", "-first", "first ready"]);
    expect(app.state).toBe("running");
    expect(app.errors).toHaveLength(1);
  });
});

describe("V5 Facts and figures", () => {
  it("tell the crash, the restart and the start that follows, in order", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { maxRestarts: 1 }) } });
    app.wait().catch(() => {});
    const seen: Fact[] = [];
    app.observe((fact) => seen.push(fact), { kinds: ["crash", "restart", "escalation", "service.*"] });
    shop.fail(boom);
    await app.clock.advance("100ms");
    expect(seen).toMatchObject([
      { kind: "crash", path: "shop", error: boom },
      { kind: "restart", path: "shop", restarts: 1, delayMs: 100 },
      { kind: "service.starting", path: "shop" },
      { kind: "service.started", path: "shop" },
    ]);
    seen.length = 0;
    shop.fail(boom);
    await app.clock.advance("100ms");
    expect(seen).toMatchObject([
      { kind: "crash", path: "shop" },
      { kind: "escalation", path: "shop", to: "app", error: boom },
      { kind: "service.stopping", path: "shop" },
      { kind: "service.stopped", path: "shop" },
    ]);
    expect(app.errors).toHaveLength(1);
  });
});
