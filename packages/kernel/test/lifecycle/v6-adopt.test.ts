import { Service, type StartError, type StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Actor, actor, errorOf, gate, isSettled, noted } from "./actor.ts";

describe("V6 adopt(child) starts the child and resolves when it runs", () => {
  it("with the child itself, of its own type", async () => {
    class Worker extends Service {
      work() {
        return "done";
      }
    }
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const worker = await shop.adopt(new Worker());
    expectTypeOf(worker).toEqualTypeOf<Worker>();
    expect(worker.work()).toBe("done");
    expect(app.inspect().services[0]?.children).toMatchObject([{ path: "shop/worker", state: "running" }]);
  });

  it("it takes its place in the release order then, not when it was asked for", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const slow = shop.adopt(noted(journal, "slow", { onStart: () => work.opened }));
    shop.addCleanup(() => journal.push("cleanup"));
    await shop.adopt(noted(journal, "quick"));
    work.open();
    await slow;
    await app.stop();
    expect(journal).toEqual(["+slow", "+quick", "-slow", "-quick", "cleanup"]);
  });

  it("adopted together they stop in the reverse of the order in which they had started", async () => {
    const journal: string[] = [];
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const takes = (ms: `${number}ms`) => ({
      async onStart(this: Actor) {
        await this.sleep(ms);
      },
    });
    const all = Promise.all([
      shop.adopt(noted(journal, "three", takes("30ms"))),
      shop.adopt(noted(journal, "one", takes("10ms"))),
      shop.adopt(noted(journal, "two", takes("20ms"))),
    ]);
    await app.clock.advance("30ms");
    await all;
    journal.length = 0;
    await app.stop();
    expect(journal).toEqual(["-three", "-two", "-one"]);
  });

  it("is rejected for what is no instance of a service", async () => {
    class Worker extends Service {}
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    await expect(shop.adopt(Worker as unknown as Service)).rejects.toMatchObject({
      name: "TypeError",
      code: "PAWL_BAD_OPTION",
      message: "adopt(): the class Worker is not an instance of Service; give one made with new",
    });
    await expect(shop.adopt(null as unknown as Service)).rejects.toMatchObject({ name: "TypeError" });
  });
});

describe("V6 Its name", () => {
  it("is child.name if set, by a getter or a property", async () => {
    const property = Object.defineProperty(actor(), "name", { value: "property" });
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    expect((await shop.adopt(actor({ name: "getter" }))).path).toBe("shop/getter");
    expect((await shop.adopt(property)).path).toBe("shop/property");
  });

  it.each([
    ["Worker", "worker"],
    ["HTTPClient", "httpClient"],
    ["DB", "db"],
    ["already", "already"],
    ["S3Bucket", "s3Bucket"],
    ["", "service"],
  ])("else its class name in lower camel case: %s → %s", async (className, name) => {
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    const Named = class extends Service {};
    Object.defineProperty(Named, "name", { value: className });
    expect((await shop.adopt(new Named())).name).toBe(name);
  });

  it("a second one of that name is worker#2, also after others have come and gone", async () => {
    class Worker extends Service {}
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    const adopt = () => shop.adopt(new Worker());
    const [one, two, three] = [await adopt(), await adopt(), await adopt()];
    expect([one, two, three].map(({ name }) => name)).toEqual(["worker", "worker#2", "worker#3"]);
    await two.stop();
    expect((await adopt()).name).toBe("worker#2");
    await one.stop();
    expect((await adopt()).name).toBe("worker");
    expect((await adopt()).name).toBe("worker#4");
  });

  it("is the same when it is adopted again, by whomever", async () => {
    class Worker extends Service {}
    const [worker, named] = [new Worker(), actor({ name: "named" })];
    const one = actor();
    const two = actor();
    await using _app = await testApp({ providers: { one, two } });
    await one.adopt(new Worker());
    for (const owner of [one, two, one]) {
      await owner.adopt(worker);
      await owner.adopt(named);
      expect([worker.name, named.path]).toEqual([owner === one ? "worker#2" : "worker", `${owner.path}/named`]);
      await worker.stop();
      await named.stop();
    }
  });

  it.each(["a/b", "a b", "a#2", "\n"])("%j cannot be one: it would make owner paths ambiguous", async (name) => {
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    await expect(shop.adopt(actor({ name }))).rejects.toMatchObject({ name: "TypeError", code: "PAWL_BAD_NAME" });
  });
});

describe("V6 A child still starting when its owner's step 2 begins is aborted, awaited and undone first", () => {
  it("before what is in flight is awaited and before any resource is released", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor({
      onStart() {
        this.addCleanup(() => journal.push("cleanup"));
        this.spawn(async () => {
          const error = await errorOf<StartError>(this.adopt(child));
          journal.push(`adopt rejected with ${error.code}`);
        });
      },
      async onStop() {
        expect(child.signal.aborted).toBe(false);
        await Promise.resolve();
      },
    });
    const child = noted(journal, "child", {
      async onStart() {
        this.signal.addEventListener("abort", () => journal.push("child aborted"));
        this.addCleanup(() => journal.push("child cleanup"));
        await work.opened;
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.settle();
    expect(journal).toEqual(["+child", "child aborted"]);
    expect(await isSettled(stopping)).toBe(false);
    work.open();
    await stopping;
    expect(journal).toEqual([
      "+child",
      "child aborted",
      "-child",
      "child cleanup",
      "adopt rejected with PAWL_START_ABORTED",
      "cleanup",
    ]);
  });

  it("one that comes up in step 1 is stopped like any other", async () => {
    const journal: string[] = [];
    const [work, onStop] = [gate(), gate()];
    const shop = actor({ onStop: () => onStop.opened });
    await using app = await testApp({ providers: { shop } });
    const adopted = shop.adopt(noted(journal, "child", { onStart: () => work.opened }));
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.settle();
    work.open();
    await adopted;
    onStop.open();
    await stopping;
    expect(journal).toEqual(["+child", "-child"]);
  });

  it("one in its onReady then is stopped, awaited, and adopt() rejects", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(shop.adopt(noted(journal, "child", { onReady: () => work.opened })));
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.settle();
    work.open();
    await stopping;
    expect(await adopted).toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(journal).toEqual(["+child", "-child"]);
  });

  it("its failure after the abort joins the StopError of its owner, once", async () => {
    const work = gate();
    const boom = new Error("boom");
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(shop.adopt(actor({ name: "child", onStart: () => work.opened })));
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.settle();
    work.fail(boom);
    expect((await stopping).errors).toMatchObject([{ path: "shop/child", step: "onStart", cause: boom }]);
    expect((await adopted).cause).toBeUndefined();
  });

  it("adopt() is refused where the owner's start has been given up", async () => {
    const work = gate();
    const refused: unknown[] = [];
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const shop = actor({
      name: "shop",
      async onStart() {
        await work.opened;
        refused.push(await errorOf(this.adopt(actor({ onStart: () => expect.unreachable() }))));
      },
    });
    const adopted = owner.adopt(shop);
    await app.clock.settle();
    const stopping = shop.stop();
    work.open();
    await Promise.all([adopted, stopping]);
    expect(refused).toMatchObject([
      { code: "PAWL_START_ABORTED", message: "owner/shop: it is being stopped and starts no actor" },
    ]);
  });
});

describe("V6 If its start fails, adopt() rejects with a StartError and the child has no owner again", () => {
  it("told to the caller alone; the owner goes on, and may adopt it again", async () => {
    const boom = new Error("boom");
    let broken = true;
    const child = actor({
      name: "child",
      onStart() {
        if (broken) throw boom;
      },
    });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    expect(await errorOf(shop.adopt(child))).toMatchObject({
      code: "PAWL_START_FAILED",
      path: "shop/child",
      cause: boom,
      errors: [],
    });
    expect(app.inspect().services[0]).toMatchObject({ state: "running", children: [] });
    broken = false;
    await shop.adopt(child);
    expect(child.path).toBe("shop/child");
  });

  it("in a task that does not catch it, it is a crash of the owner with that StartError as cause", async () => {
    const shop = actor({
      onStart() {
        this.timeout(
          () => void this.spawn(() => this.adopt(actor({ onStart: () => Promise.reject(new Error("boom")) }))),
          "1s",
        );
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    await app.clock.advance("1s");
    expect(await ended).toMatchObject({
      code: "PAWL_CRASHED",
      path: "shop",
      cause: { code: "PAWL_START_FAILED", path: "shop/actor" },
    });
  });

  it("after its startTimeout", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(
      shop.adopt(actor({ onStart: () => new Promise(() => {}) }), { startTimeout: "1s", stopTimeout: "1s" }),
    );
    await app.clock.advance("2s");
    expect(await adopted).toMatchObject({
      code: "PAWL_START_TIMEOUT",
      path: "shop/actor",
      errors: [{ code: "PAWL_ABANDONED" }],
    });
  });
});

describe("V6 A child that stops itself", () => {
  it("stays down, its owner goes on; it may be adopted again", async () => {
    const journal: string[] = [];
    const child = noted(journal, "child");
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await shop.adopt(child);
    await child.stop();
    expect(app.inspect().services[0]).toMatchObject({ state: "running", children: [], resources: [] });
    await shop.adopt(child);
    await app.stop();
    expect(journal).toEqual(["+child", "-child", "+child", "-child"]);
  });

  it("while its owner stops is stopped once, and awaited in its place", async () => {
    const journal: string[] = [];
    const work = gate();
    const child = noted(journal, "child", { onStop: () => work.opened });
    const shop = actor({
      async onStart() {
        this.addCleanup(() => journal.push("older"));
        await this.adopt(child);
        this.addCleanup(() => journal.push("newer"));
      },
    });
    await using app = await testApp({ providers: { shop } });
    const own = child.stop();
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.settle();
    expect(journal).toEqual(["+child", "-child", "newer"]);
    work.open();
    await Promise.all([own, stopping]);
    expect(journal).toEqual(["+child", "-child", "newer", "older"]);
  });

  it("in its onStart has started, however shortly, where that returns: adopt() resolves", async () => {
    const journal: string[] = [];
    const child: Actor = noted(journal, "child", { onStart: () => child.stop() });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await shop.adopt(child);
    expect(journal).toEqual(["+child", "-child"]);
    expect(app.inspect().services[0]?.children).toEqual([]);
  });

  it("in its onStart has not where that fails: adopt() rejects, and the failure goes to onError", async () => {
    const boom = new Error("boom");
    const child: Actor = actor({
      name: "child",
      async onStart() {
        await this.stop();
        throw boom;
      },
    });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    expect(await errorOf(shop.adopt(child))).toMatchObject({ code: "PAWL_START_ABORTED", path: "shop/child" });
    expect(app.errors).toMatchObject([{ error: { errors: [{ path: "shop/child", cause: boom }] } }]);
  });
});

describe("V6 A child that others stop while it is starting", () => {
  it("is aborted; adopt() rejects where its onStart gives up", async () => {
    const child = actor({
      name: "child",
      async onStart() {
        await this.sleep("1h");
      },
    });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(shop.adopt(child));
    await app.clock.settle();
    const stopping = child.stop();
    expect(child.stop()).toBe(stopping);
    await stopping;
    expect(await adopted).toMatchObject({ code: "PAWL_START_ABORTED", path: "shop/child" });
    expect(app.inspect().services[0]).toMatchObject({ state: "running", children: [] });
  });

  it("has started, however shortly, where its onStart returns all the same: adopt() resolves", async () => {
    const journal: string[] = [];
    const work = gate();
    const child = noted(journal, "child", { onStart: () => work.opened });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = shop.adopt(child);
    await app.clock.settle();
    const stopping = child.stop();
    work.open();
    await Promise.all([stopping, adopted]);
    expect(journal).toEqual(["+child", "-child"]);
    expect(child.signal.aborted).toBe(true);
  });

  it("where it waits for a dependency, that is let go too", async () => {
    const journal: string[] = [];
    const work = gate();
    const connection = noted(journal, "connection", { onStart: () => work.opened });
    const child = noted(journal, "child", { dependencies: () => [connection] });
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(shop.adopt(child));
    await app.clock.settle();
    const stopping = child.stop();
    work.open();
    await stopping;
    expect(await adopted).toMatchObject({ code: "PAWL_START_ABORTED", path: "shop/child" });
    expect(journal).toEqual(["+connection", "-connection"]);
    expect(app.inspect().services.map(({ path }) => path)).toEqual(["shop"]);
  });

  it("a provider: the app starts without it where its onStart returns, else the start fails naming it", async () => {
    for (const returns of [true, false]) {
      const work = gate();
      const db = actor({ onStart: () => work.opened });
      await using app = createTestApp({ providers: { db, shop: actor() } });
      const started = app.start();
      await app.clock.settle();
      const stopping = db.stop();
      if (returns) work.open();
      else work.fail(new DOMException("gone", "AbortError"));
      await stopping;
      if (returns) {
        await started;
        expect(app.inspect().services.map(({ path }) => path)).toEqual(["shop"]);
      } else expect(await errorOf(started)).toMatchObject({ code: "PAWL_START_FAILED", path: "db" });
    }
  });
});
