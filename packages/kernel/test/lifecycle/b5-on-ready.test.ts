import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, gate, isSettled, noted } from "./actor.ts";

describe("B5 onReady runs in start order, one after another, when everything has started", () => {
  it("for providers, children and dependencies", async () => {
    const journal: string[] = [];
    const part = (name: string) => ({
      onStart: () => void journal.push(`+${name}`),
      async onReady() {
        journal.push(`${name} ready`);
        await Promise.resolve();
        journal.push(`${name} was ready`);
      },
    });
    const connection = actor({ name: "connection", ...part("connection") });
    const shop = actor({
      dependencies: () => [connection],
      ...part("shop"),
      async onStart() {
        await this.adopt(actor({ name: "child", ...part("child") }));
        journal.push("+shop");
      },
    });
    await using _app = await testApp({ providers: { first: actor(part("first")), shop, last: actor(part("last")) } });
    expect(journal).toEqual([
      "+first",
      "+connection",
      "+child",
      "+shop",
      "+last",
      ...["first", "connection", "child", "shop", "last"].flatMap((name) => [`${name} ready`, `${name} was ready`]),
    ]);
  });

  it("also one that it was given when its onStart had returned", async () => {
    const journal: string[] = [];
    const shop = actor({ name: "shop" });
    const last = actor({
      onStart() {
        shop.onReady = () => void journal.push("shop ready");
      },
    });
    await using _app = await testApp({ providers: { shop, last } });
    expect(journal).toEqual(["shop ready"]);
  });

  it("the kernel is starting until the last has settled", async () => {
    const work = gate();
    await using app = createTestApp({ providers: { shop: actor({ onReady: () => work.opened }) } });
    const started = app.start();
    await app.clock.settle();
    expect(app.state).toBe("starting");
    expect(await isSettled(started)).toBe(false);
    work.open();
    await started;
    expect(app.state).toBe("running");
  });

  it("once in a run, also for a child that was stopped and adopted again while the kernel was starting", async () => {
    const journal: string[] = [];
    const child = actor({ onReady: () => journal.push("ready") });
    const shop = actor({
      async onStart() {
        await this.adopt(child);
        await child.stop();
        await this.adopt(child);
      },
    });
    await using app = await testApp({ providers: { shop } });
    expect(journal).toEqual(["ready"]);
    await app.restart();
    expect(journal).toEqual(["ready", "ready"]);
  });

  it("not for one that has stopped meanwhile", async () => {
    const journal: string[] = [];
    const first = actor({ onReady: () => journal.push("first"), onStart: () => void 0 });
    const second = actor({ onStart: () => first.stop() });
    await using _app = await testApp({ providers: { first, second } });
    expect(journal).toEqual([]);
  });

  it("not for one that an earlier onReady has stopped", async () => {
    const journal: string[] = [];
    const second = actor({ onReady: () => journal.push("second") });
    const first = actor({ onReady: () => second.stop() });
    await using app = await testApp({ providers: { first, second } });
    expect(app.state).toBe("running");
    expect(journal).toEqual([]);
  });
});

describe("B5 What starts later is told right after its own start", () => {
  it("a child adopted by a running service: adopt() resolves after its onReady", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = shop.adopt(
      noted(journal, "child", {
        async onReady() {
          journal.push("ready");
          await work.opened;
        },
      }),
    );
    await app.clock.settle();
    expect(journal).toEqual(["+child", "ready"]);
    expect(await isSettled(adopted)).toBe(false);
    work.open();
    await adopted;
  });

  it("a child adopted in onReady", async () => {
    const journal: string[] = [];
    const child = actor({ onReady: () => journal.push("child ready") });
    const shop = actor({
      async onReady() {
        await this.adopt(child);
        journal.push("shop ready");
      },
    });
    await using _app = await testApp({
      providers: { shop, last: actor({ onReady: () => journal.push("last ready") }) },
    });
    expect(journal).toEqual(["child ready", "shop ready", "last ready"]);
  });

  it("a dependency of it, before it", async () => {
    const journal: string[] = [];
    const connection = actor({ onReady: () => journal.push("connection ready") });
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    await shop.adopt(actor({ dependencies: () => [connection], onStart: () => journal.push("child starts") }));
    expect(journal).toEqual(["connection ready", "child starts"]);
  });

  it("an onReady that fails undoes that start by a whole stop: adopt() rejects, and the child has no owner", async () => {
    const journal: string[] = [];
    const boom = new Error("boom");
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const child = noted(journal, "child", {
      onStart() {
        this.addCleanup(() => journal.push("cleanup"));
      },
      onReady: () => Promise.reject(boom),
      onStop: () => Promise.reject(new Error("no")),
    });
    const error = await errorOf(shop.adopt(child));
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "shop/child", cause: boom });
    expect((error as unknown as { errors: unknown[] }).errors).toMatchObject([{ path: "shop/child", step: "onStop" }]);
    expect(journal).toEqual(["+child", "-child", "cleanup"]);
    expect(app.inspect().services).toMatchObject([{ path: "shop", state: "running", children: [] }]);
  });

  it("an onReady that fails while the app is being stopped is told in the StopError, once", async () => {
    const work = gate();
    const boom = new Error("boom");
    const adopts = { rejected: undefined as unknown };
    const shop = actor({
      onStart() {
        this.spawn(async () => {
          await this.sleep("1s");
          await this.adopt(actor({ onReady: () => work.opened })).catch((error: unknown) => {
            adopts.rejected = error;
          });
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("1s");
    const stopping = errorOf<{ errors: unknown[] } & Error>(app.stop());
    await app.clock.settle();
    work.fail(boom);
    expect((await stopping).errors).toMatchObject([{ path: "shop/actor", step: "onReady", cause: boom }]);
    expect(adopts.rejected).toMatchObject({ code: "PAWL_START_ABORTED" });
  });
});

describe("B5 Events emitted in onStart reach only listeners that exist by then", () => {
  it("onReady is where to announce", async () => {
    const heard: unknown[] = [];
    const first = actor({
      onStart() {
        this.emit("announced", "in onStart");
      },
      onReady() {
        this.emit("announced", "in onReady");
      },
    });
    const second = actor({
      onStart() {
        this.listen("announced", (where) => heard.push(where));
      },
    });
    await using _app = await testApp({ providers: { first, second } });
    expect(heard).toEqual(["in onReady"]);
  });
});
