import { CrashError, type StopError, type StopReason } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, forever, gate, noted } from "./actor.ts";

const boom = new Error("boom");
const fails = () => Promise.reject(boom);

/** What makes a service crash. */
const causes: readonly { readonly name: string; crash(shop: Actor): unknown }[] = [
  { name: "fail(error)", crash: (shop) => shop.fail(boom) },
  { name: "a failed task that nobody holds", crash: (shop) => void shop.spawn(fails) },
  {
    name: "a task that throws at once",
    crash: (shop) =>
      void shop.spawn(() => {
        throw boom;
      }),
  },
  { name: 'an interval with onError: "crash"', crash: (shop) => shop.interval(fails, "1s", { onError: "crash" }) },
  { name: 'a timeout with onError: "crash"', crash: (shop) => shop.timeout(fails, "1s", { onError: "crash" }) },
  {
    name: "fail() of a child",
    crash: async (shop) => {
      const child = await shop.adopt(actor({ name: "child" }));
      child.fail(boom);
    },
  },
];

describe.each(causes)("V1 A crash is: $name", ({ name, crash }) => {
  it("the service is failed, the kernel stops in order, wait() rejects with a CrashError naming the path", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({
      providers: { first: noted(journal, "first"), shop, last: noted(journal, "last") },
    });
    const ended = errorOf<CrashError>(app.wait());
    await crash(shop);
    await app.clock.advance("1s");
    const error = await ended;
    expect(error).toBeInstanceOf(CrashError);
    const path = name.endsWith("child") ? "shop/child" : "shop";
    expect(error).toMatchObject({ code: "PAWL_CRASHED", path, message: `${path} crashed: boom`, cause: boom });
    expect(journal).toEqual(["+first", "+shop", "+last", "-last", "-shop", "-first"]);
    expect(app.state).toBe("stopped");
  });

  it("goes to onError where nobody waits, once", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await crash(shop);
    await app.clock.advance("1s");
    expect(app.state).toBe("stopped");
    const path = name.endsWith("child") ? "shop/child" : "shop";
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_CRASHED", path, cause: boom }, origin: { path, label: "crash" } },
    ]);
  });
});

describe("V1 What is no crash", () => {
  it("a task whose failure somebody holds", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await expect(shop.spawn(fails)).rejects.toBe(boom);
    await app.clock.settle();
    expect(app.state).toBe("running");
  });

  it("a tick or a listener that fails: it goes to onError", async () => {
    const shop = actor({
      onStart() {
        this.interval(fails, "1s");
        this.listen("paid", fails);
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("1s");
    app.bus.emit("paid");
    await app.clock.settle();
    expect(app.errors.map(({ error }) => error)).toEqual([boom, boom]);
    expect(app.state).toBe("running");
  });
});

describe("V1 The service becomes failed and its activities are cancelled at once", () => {
  it("no tick or event is taken any more, signals are aborted; it takes no work until its onStop", async () => {
    const journal: string[] = [];
    const work = gate();
    const last = actor({ onStop: () => work.opened });
    const shop = actor({
      onStart() {
        this.interval(() => journal.push("tick"), "1s");
        this.listen("paid", () => journal.push("paid"));
        this.spawn(async ({ signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          journal.push("task aborted");
        });
      },
    });
    await using app = await testApp({ providers: { shop, last } });
    const ended = errorOf(app.wait());
    await app.clock.settle();
    shop.fail(boom);
    expect(shop.signal.aborted).toBe(true);
    expect(app.inspect().services[0]).toMatchObject({ path: "shop", state: "failed", lastError: "boom" });
    app.bus.emit("paid");
    await app.clock.advance("2s");
    expect(journal).toEqual(["task aborted"]);
    work.open();
    await ended;
  });

  it("its resources, children included, stay until its turn, so that dependants can finish", async () => {
    const journal: string[] = [];
    const db = noted(journal, "db", {
      async onStart() {
        this.addCleanup(() => journal.push("db released"));
        await this.adopt(noted(journal, "child"));
      },
    });
    const shop = noted(journal, "shop", {
      async onStop() {
        await Promise.resolve();
        // Resolved until its onStop has returned.
        expect(this.service("db")).toBe(db);
        journal.push("shop finishes");
      },
    });
    await using app = await testApp({ providers: { db, shop } });
    const ended = errorOf(app.wait());
    journal.length = 0;
    db.fail(boom);
    await ended;
    expect(journal).toEqual(["-shop", "shop finishes", "-db", "-child", "db released"]);
  });

  it("a task that fails in answer to the abort goes to onError", async () => {
    const torn = new Error("torn down");
    const work = gate();
    const last = actor({ onStop: () => work.opened });
    const shop = actor({
      onStart() {
        this.spawn(async ({ signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          throw torn;
        });
      },
    });
    await using app = await testApp({ providers: { shop, last } });
    const ended = errorOf(app.wait());
    await app.clock.settle();
    shop.fail(boom);
    await app.clock.settle();
    work.open();
    await ended;
    expect(app.errors.map(({ error }) => error)).toEqual([torn]);
  });
});

describe("V1 The reason of the stop that follows", () => {
  it("crash, with who and what, for the one that crashed and for every other provider; owner for children", async () => {
    const reasons: Record<string, StopReason> = {};
    const note = (name: string) => (reason: StopReason) => {
      reasons[name] = reason;
    };
    const shop = actor({
      onStop: note("shop"),
      async onStart() {
        await this.adopt(actor({ onStop: note("child") }));
      },
    });
    await using app = await testApp({ providers: { first: actor({ onStop: note("first") }), shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    await ended;
    const crash = { kind: "crash", path: "shop", error: boom };
    expect(reasons).toEqual({ first: crash, shop: crash, child: { kind: "owner", owner: "shop" } });
  });

  it("a crash that came up from a child has the child's path, for the child and its owners", async () => {
    const reasons: Record<string, StopReason> = {};
    const child = actor({
      name: "child",
      onStop(reason) {
        reasons["child"] = reason;
      },
    });
    const shop = actor({
      async onStart() {
        await this.adopt(child);
      },
      onStop(reason) {
        reasons["shop"] = reason;
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    child.fail(boom);
    await ended;
    const crash = { kind: "crash", path: "shop/child", error: boom };
    expect(reasons).toEqual({ shop: crash, child: crash });
  });
});

describe("V1 The first crash of a service counts", () => {
  it("later ones go to onError, until its stop, then to the StopError", async () => {
    const [second, third] = [new Error("second"), new Error("third")];
    const work = gate();
    const shop = actor({
      onStop() {
        this.fail(third);
      },
    });
    const owner = actor({
      async onStart() {
        await this.adopt(shop);
      },
    });
    await using app = await testApp({ providers: { owner, last: actor({ onStop: () => work.opened }) } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    shop.fail(second);
    await app.clock.settle();
    work.open();
    expect(await ended).toMatchObject({ cause: boom });
    expect(app.errors.map(({ error }) => error)).toMatchObject([
      second,
      { code: "PAWL_STOP_FAILED", errors: [{ path: "owner/actor", cause: third }] },
    ]);
  });
});

describe("V1 Once its owner is stopping nothing is escalated: the error joins the StopError", () => {
  it("a provider that crashes while the kernel stops", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop");
    const last = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop, last } });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.settle();
    shop.fail(boom);
    work.open();
    const error = await stopping;
    expect(error.errors).toMatchObject([{ code: "PAWL_CRASHED", path: "shop", cause: boom }]);
    expect(journal).toEqual(["+shop", "-shop"]);
    await app.wait();
  });

  it("a child that crashes while its owner stops", async () => {
    const work = gate();
    const child = actor({ name: "child" });
    const shop = actor({
      async onStart() {
        await this.adopt(child);
      },
      onStop: () => work.opened,
    });
    await using app = await testApp({ providers: { shop } });
    const stopping = errorOf<StopError>(shop.stop());
    await app.clock.settle();
    child.fail(boom);
    work.open();
    expect((await stopping).errors).toMatchObject([{ code: "PAWL_CRASHED", path: "shop/child", cause: boom }]);
    expect(app.state).toBe("running");
  });

  it("its own fail() while it stops itself", async () => {
    const shop = actor({
      onStop() {
        this.fail(boom);
      },
    });
    await using app = await testApp({ providers: { shop } });
    expect((await errorOf<StopError>(shop.stop())).errors).toMatchObject([
      { path: "shop", step: "fail()", cause: boom },
    ]);
    expect(app.state).toBe("running");
  });

  it("two that crash in the same turn: the first ends the app, the second joins its StopError", async () => {
    const other = new Error("other");
    const one = actor();
    const two = actor();
    await using app = await testApp({ providers: { one, two } });
    const ended = errorOf(app.wait());
    one.fail(boom);
    two.fail(other);
    expect(await ended).toMatchObject({ path: "one", cause: boom });
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_STOP_FAILED", errors: [{ code: "PAWL_CRASHED", path: "two", cause: other }] } },
    ]);
  });
});

describe("V1 fail()", () => {
  it("takes anything, undefined too", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf<CrashError>(app.wait());
    shop.fail(undefined);
    const error = await ended;
    expect(error).toMatchObject({ code: "PAWL_CRASHED", path: "shop" });
    expect(error.cause).toBeUndefined();
  });

  it("of one that is stopped goes to onError", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await shop.stop();
    shop.fail(boom);
    expect(app.errors).toEqual([{ error: boom, origin: { path: "shop", label: "fail()" } }]);
    expect(app.state).toBe("running");
  });

  it("runs no user code before it returns", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = await testApp({ providers: { shop, last: noted(journal, "last") } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    expect(journal).toEqual(["+shop", "+last"]);
    await ended;
  });
});

describe("V4 Not restarted: the crash goes to the owner, as the owner's crash", () => {
  it("through every owner up to the app, each failed, each with a fact", async () => {
    const work = gate();
    const helper = actor({ name: "helper" });
    const worker = actor({
      name: "worker",
      async onStart() {
        await this.adopt(helper);
      },
    });
    const shop = actor({
      async onStart() {
        await this.adopt(worker);
      },
    });
    await using app = await testApp({ providers: { shop, last: actor({ onStop: () => work.opened }) } });
    const ended = errorOf<CrashError>(app.wait());
    helper.fail(boom);
    expect(app.facts.of("crash")).toMatchObject([
      { path: "shop/worker/helper", error: boom },
      { path: "shop/worker", error: boom },
      { path: "shop", error: boom },
    ]);
    expect(app.inspect().services[0]).toMatchObject({
      state: "failed",
      children: [{ state: "failed", children: [{ state: "failed" }] }],
    });
    work.open();
    expect(await ended).toMatchObject({ path: "shop/worker/helper", cause: boom });
  });

  it("the failures of the stop that it causes go to onError, in one StopError", async () => {
    const shop = actor({ onStop: () => Promise.reject(new Error("no")) });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    await ended;
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_STOP_FAILED", errors: [{ path: "shop", step: "onStop" }] } },
    ]);
  });

  it("who stops the app meanwhile is told of the stop's failures, and who waits of the crash", async () => {
    const shop = actor({ onStop: () => Promise.reject(new Error("no")) });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    const stopped = await errorOf<StopError>(app.stop());
    expect(stopped.errors).toMatchObject([{ path: "shop", step: "onStop" }]);
    expect(await ended).toMatchObject({ cause: boom });
  });

  it("who waits later hears of it too, until the next start", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    const error = await ended;
    expect(await errorOf(app.wait())).toBe(error);
    await app.start();
    expect(app.state).toBe("running");
    const next = app.wait();
    await app.stop();
    await next;
  });

  it("a start that was asked for while it stops begins after it; the crash, which wait() passes by, goes to onError", async () => {
    const work = gate();
    const shop = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const ended = app.wait();
    shop.fail(boom);
    await app.clock.settle();
    const started = app.start();
    work.open();
    await started;
    expect(app.state).toBe("running");
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_CRASHED", path: "shop", cause: boom } }]);
    await app.stop();
    await ended;
  });

  it("what hangs in its stop is left behind: the app ends", async () => {
    const shop = actor({ onStop: forever });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    await app.clock.advance("10s");
    expect(await ended).toMatchObject({ cause: boom });
    expect(app.errors).toMatchObject([{ error: { errors: [{ code: "PAWL_ABANDONED" }] } }]);
  });
});
