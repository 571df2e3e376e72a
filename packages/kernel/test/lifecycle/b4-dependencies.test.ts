import { CrashError, CycleError, type Dependencies, Service, type StartError, type StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, forever, gate, isSettled, noted } from "./actor.ts";

describe("B4 dependencies is read once per start, before onStart", () => {
  it("once, at each start anew", async () => {
    const journal: string[] = [];
    const shop = actor({
      dependencies() {
        journal.push("read");
        return [];
      },
      onStart: () => journal.push("onStart"),
    });
    await using app = await testApp({ providers: { shop } });
    await app.restart();
    await app.stop();
    expect(journal).toEqual(["read", "onStart", "read", "onStart"]);
  });

  it("a getter that throws fails the start", async () => {
    const boom = new Error("boom");
    const shop = actor({
      dependencies() {
        throw boom;
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop", cause: boom });
  });

  it.each([
    ["a class", [class Db extends Service {}], "the class Db"],
    ["nothing", [undefined], "undefined"],
    ["a name, in an inner level", [["db"]], "db"],
  ])("%s is no dependency: a TypeError that names where", async (_, dependencies, what) => {
    const shop = actor({ dependencies: () => dependencies as unknown as Dependencies });
    await using app = createTestApp({ providers: { shop } });
    const error = await errorOf(app.start());
    expect(error.cause).toMatchObject({
      name: "TypeError",
      code: "PAWL_BAD_OPTION",
      message: `shop.dependencies(): ${what} is not an instance of Service; give one made with new`,
    });
  });
});

describe("B4 The outer level goes in sequence, the inner level together, begun in listed order", () => {
  it("levels", async () => {
    const journal: string[] = [];
    const works = { a: gate(), b: gate(), c: gate(), d: gate() };
    const [a, b, c, d] = (["a", "b", "c", "d"] as const).map((name) =>
      noted(journal, name, { onStart: () => works[name].opened }),
    ) as [Actor, Actor, Actor, Actor];
    const shop = noted(journal, "shop", { dependencies: () => [a, [b, c], d] });
    await using app = createTestApp({ providers: { shop } });
    const started = app.start();
    await app.clock.settle();
    expect(journal).toEqual(["+a"]);
    works.a.open();
    await app.clock.settle();
    expect(journal).toEqual(["+a", "+b", "+c"]);
    works.c.open();
    await app.clock.settle();
    expect(journal).toEqual(["+a", "+b", "+c"]);
    works.b.open();
    await app.clock.settle();
    works.d.open();
    await started;
    expect(journal).toEqual(["+a", "+b", "+c", "+d", "+shop"]);
    journal.length = 0;
    await app.stop();
    // They are the oldest resources: held as they were begun, let go the other way round.
    expect(journal).toEqual(["-shop", "-d", "-c", "-b", "-a"]);
  });

  it("dependencies of dependencies start first", async () => {
    const journal: string[] = [];
    const deep = noted(journal, "deep");
    const middle = noted(journal, "middle", { dependencies: () => [deep] });
    const shop = noted(journal, "shop", { dependencies: () => [middle] });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(journal).toEqual(["+deep", "+middle", "+shop", "-shop", "-middle", "-deep"]);
  });
});

describe("B4 A dependant holds its dependencies as its oldest resources", () => {
  it("one that nobody holds is started, belongs to the kernel, and stops after its holder's own resources", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection");
    const shop = noted(journal, "shop", {
      dependencies: () => [connection],
      onStart() {
        this.addCleanup(() => journal.push("cleanup"));
      },
    });
    await using app = await testApp({ providers: { shop } });
    expect(connection.path).toBe("connection");
    expect(app.inspect().services.map(({ path }) => path)).toEqual(["connection", "shop"]);
    await shop.stop();
    expect(journal).toEqual(["+connection", "+shop", "-shop", "cleanup", "-connection"]);
  });

  it("it is shared: started by the first holder, stopped when the last lets it go", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection");
    const one = noted(journal, "one", { dependencies: () => [connection] });
    const two = noted(journal, "two", { dependencies: () => [connection] });
    await using app = await testApp({ providers: { one, two } });
    await one.stop();
    expect(journal).toEqual(["+connection", "+one", "+two", "-one"]);
    await two.stop();
    expect(journal).toEqual(["+connection", "+one", "+two", "-one", "-two", "-connection"]);
    await app.stop();
  });

  it("holders that start together share one start", async () => {
    const journal: string[] = [];
    const work = gate();
    const connection = noted(journal, "connection", { onStart: () => work.opened });
    const dependant = (name: string) => noted(journal, name, { dependencies: () => [connection] });
    await using app = createTestApp({ providers: [{ one: dependant("one"), two: dependant("two") }] });
    const started = app.start();
    await app.clock.settle();
    expect(journal).toEqual(["+connection"]);
    work.open();
    await started;
    expect(journal).toEqual(["+connection", "+one", "+two"]);
  });

  it("listed twice it is one", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection");
    const shop = noted(journal, "shop", { dependencies: () => [[connection, connection], connection] });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(journal).toEqual(["+connection", "+shop", "-shop", "-connection"]);
  });

  it("is started anew for the next holder, also one that comes while it is being let go", async () => {
    const journal: string[] = [];
    const work = gate();
    const connection = noted(journal, "connection", { onStop: () => work.opened });
    const one = noted(journal, "one", { dependencies: () => [connection] });
    const owner = actor();
    await using app = await testApp({ providers: { one, owner } });
    const stopping = one.stop();
    await app.clock.settle();
    const adopted = owner.adopt(noted(journal, "two", { dependencies: () => [connection] }));
    await app.clock.settle();
    expect(journal).toEqual(["+connection", "+one", "-one", "-connection"]);
    work.open();
    await stopping;
    await adopted;
    expect(journal.slice(4)).toEqual(["+connection", "+two"]);
  });

  it("one whose start is given up by its last holder is started anew for the next", async () => {
    const journal: string[] = [];
    const works = [gate(), gate()];
    let runs = 0;
    const connection = noted(journal, "connection", { onStart: () => works[runs++]?.opened });
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const one = actor({ dependencies: () => [connection] });
    const first = errorOf(owner.adopt(one));
    await app.clock.settle();
    const stopping = one.stop();
    await app.clock.settle();
    const second = owner.adopt(actor({ dependencies: () => [connection] }));
    works[0]?.open();
    await stopping;
    expect(await first).toMatchObject({ code: "PAWL_START_ABORTED" });
    works[1]?.open();
    await second;
    expect(journal).toEqual(["+connection", "-connection", "+connection"]);
  });

  it("its failures in stopping are told to whoever let it go", async () => {
    const connection = actor({ name: "connection", onStop: () => Promise.reject(new Error("no")) });
    const shop = actor({ dependencies: () => [connection] });
    await using _app = await testApp({ providers: { shop } });
    const error = await errorOf<StopError>(shop.stop());
    expect(error.errors).toMatchObject([{ path: "connection", step: "onStop" }]);
  });

  it("one that has stopped by itself meanwhile, and runs elsewhere, is left alone by its former holder", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection");
    const shop = noted(journal, "shop", { dependencies: () => [connection] });
    const other = actor();
    await using app = await testApp({ providers: { shop, other } });
    await connection.stop();
    await other.adopt(connection);
    expect(connection.path).toBe("other/connection");
    await shop.stop();
    expect(journal).toEqual(["+connection", "+shop", "-connection", "+connection", "-shop"]);
    await app.stop();
    expect(journal.at(-1)).toBe("-connection");
  });

  it("takes no name from a provider that starts later", async () => {
    const connection = actor({ name: "db" });
    const shop = actor({ dependencies: () => [connection] });
    const db = actor();
    await using app = await testApp({ providers: { shop, db } });
    expect(db.path).toBe("db");
    expect(connection.path).toBe("db#2");
    expect(app.service("db")).toBe(db);
  });

  it("may be a dependency of an adopted child as well", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection");
    const shop = noted(journal, "shop", {
      async onStart() {
        await this.adopt(noted(journal, "child", { dependencies: () => [connection] }));
      },
    });
    await using app = await testApp({ providers: { shop } });
    expect(connection.path).toBe("connection");
    await app.stop();
    expect(journal).toEqual(["+shop", "+connection", "+child", "-shop", "-child", "-connection"]);
  });
});

describe("B4 A dependency that is a provider is only ordered", () => {
  it("it starts first, wherever it is listed, and stops in its own place", async () => {
    const journal: string[] = [];
    const db = noted(journal, "db");
    const shop: Actor = noted(journal, "shop", { dependencies: () => [db] });
    await using app = await testApp({
      providers: { first: noted(journal, "first"), shop, between: noted(journal, "between"), db },
    });
    expect(journal).toEqual(["+first", "+db", "+shop", "+between"]);
    await shop.stop();
    expect(journal.at(-1)).toBe("-shop");
    await app.stop();
    expect(journal.slice(5)).toEqual(["-between", "-db", "-first"]);
  });

  it("one that is down fails the start of its dependant, naming both", async () => {
    const db = actor({ onStart: () => void db.stop() });
    const shop = actor({ dependencies: () => [db] });
    await using app = createTestApp({ providers: { db, shop } });
    expect(await errorOf(app.start())).toMatchObject({
      path: "shop",
      message: expect.stringContaining("shop: its dependency db is stopped"),
      cause: { code: "PAWL_NOT_RUNNING" },
    });
  });

  it("an adopted child of another is owned already", async () => {
    const child = actor();
    const owner = actor({
      async onStart() {
        await this.adopt(child);
      },
    });
    const shop = actor({ dependencies: () => [child] });
    await using app = createTestApp({ providers: { owner, shop } });
    expect(await errorOf(app.start())).toMatchObject({
      code: "PAWL_OWNED",
      message: expect.stringContaining("already runs as owner/actor"),
    });
  });
});

describe("B4 A dependency that fails to start", () => {
  it("fails its dependant, whose onStart is not called, and is named", async () => {
    const boom = new Error("boom");
    const journal: string[] = [];
    const good = noted(journal, "good");
    const broken = noted(journal, "broken", { onStart: () => Promise.reject(boom) });
    const shop = noted(journal, "shop", { dependencies: () => [good, broken] });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "broken", cause: boom, errors: [] });
    expect(journal).toEqual(["+good", "+broken", "-good"]);
  });

  it("is named also where it fails before its onStart", async () => {
    const boom = new Error("boom");
    const db = actor({
      name: "db",
      dependencies() {
        throw boom;
      },
    });
    await using app = createTestApp({ providers: { shop: actor({ dependencies: () => [db] }) } });
    expect(await errorOf(app.start())).toMatchObject({ path: "db", cause: boom, errors: [] });
  });

  it("the other members of its level are aborted and undone; what they fail with is told in errors", async () => {
    const boom = new Error("boom");
    const late = new Error("late");
    const work = gate();
    const slow = actor({ name: "slow", onStart: () => work.opened });
    const broken = actor({ name: "broken", onStart: () => Promise.reject(boom) });
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const adopted = errorOf<StartError>(owner.adopt(actor({ dependencies: () => [[slow, broken]] })));
    await app.clock.settle();
    expect(slow.signal.aborted).toBe(true);
    work.fail(late);
    const error = await adopted;
    expect(error).toMatchObject({ path: "broken", cause: boom });
    expect(error.errors).toMatchObject([{ path: "slow", step: "onStart", cause: late }]);
  });

  it("two that fail in the same turn are both told, once each", async () => {
    const one = actor({ name: "one", onStart: () => Promise.reject(new Error("one")) });
    const two = actor({ name: "two", onStart: () => Promise.reject(new Error("two")) });
    const owner = actor();
    await using _app = await testApp({ providers: { owner } });
    const error = await errorOf<StartError>(owner.adopt(actor({ dependencies: () => [[one, two]] })));
    expect(error.path).toBe("one");
    expect(error.errors).toMatchObject([{ path: "two" }]);
  });

  it("one that does not settle is left behind and named, and does not hold up a holder that was stopped", async () => {
    const slow = actor({ name: "slow", onStart: forever });
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const child = actor({ dependencies: () => [slow] });
    const adopted = errorOf(owner.adopt(child));
    await app.clock.settle();
    const stopping = errorOf<StopError>(child.stop());
    await app.clock.advance("10s");
    expect((await stopping).errors).toMatchObject([{ code: "PAWL_ABANDONED", path: "slow" }]);
    expect(await adopted).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("a holder that is stopped while another still waits leaves the dependency starting", async () => {
    const work = gate();
    const slow = actor({ name: "slow", onStart: () => work.opened });
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const child = actor({ name: "one", dependencies: () => [slow] });
    const one = errorOf(owner.adopt(child));
    const two = owner.adopt(actor({ name: "two", dependencies: () => [slow] }));
    await app.clock.settle();
    await child.stop();
    await one;
    expect(slow.signal.aborted).toBe(false);
    expect(await isSettled(two)).toBe(false);
    work.open();
    await two;
  });
});

describe("B4 The crash of a dependency is a crash of each holder", () => {
  it("each fails and the kernel stops; the crash is told once, naming the dependency", async () => {
    const journal: string[] = [];
    const boom = new Error("boom");
    const connection = noted(journal, "connection");
    const dependant = (name: string) => noted(journal, name, { dependencies: () => [connection] });
    await using app = await testApp({ providers: { one: dependant("one"), two: dependant("two") } });
    const ended = errorOf<CrashError>(app.wait());
    connection.fail(boom);
    const error = await ended;
    expect(error).toBeInstanceOf(CrashError);
    expect(error).toMatchObject({ path: "connection", cause: boom });
    expect(app.facts.of("crash").map(({ path }) => path)).toEqual(["connection", "one", "two"]);
    expect(journal).toEqual(["+connection", "+one", "+two", "-two", "-one", "-connection"]);
  });

  it("while a holder is starting it fails that start", async () => {
    const boom = new Error("boom");
    const connection = actor({ name: "connection" });
    const owner = actor();
    await using app = await testApp({ providers: { owner } });
    const work = gate();
    const adopted = errorOf(owner.adopt(actor({ dependencies: () => [connection], onStart: () => work.opened })));
    await app.clock.settle();
    connection.fail(boom);
    work.open();
    expect(await adopted).toMatchObject({ code: "PAWL_START_FAILED", path: "connection", cause: boom, errors: [] });
    expect(app.state).toBe("running");
  });

  it("while its only holder is stopping, it joins that stop's StopError", async () => {
    const boom = new Error("boom");
    const work = gate();
    const connection = actor({ name: "connection" });
    const shop = actor({ dependencies: () => [connection], onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const stopping = errorOf<StopError>(shop.stop());
    await app.clock.settle();
    connection.fail(boom);
    work.open();
    expect((await stopping).errors).toMatchObject([{ code: "PAWL_CRASHED", path: "connection", cause: boom }]);
    expect(app.state).toBe("running");
  });
});

describe("B4 A cycle is a CycleError that prints a → b → a", () => {
  it("of dependencies", async () => {
    const a: Actor = actor({ name: "a", dependencies: () => [b] });
    const b: Actor = actor({ name: "b", dependencies: () => [a] });
    const shop = actor({ dependencies: () => [a] });
    await using app = createTestApp({ providers: { shop } });
    const error = await errorOf(app.start());
    expect(error).toBeInstanceOf(CycleError);
    expect(error).toMatchObject({ code: "PAWL_CYCLE", message: expect.stringMatching(/^b → a → b: /) });
  });

  it("of providers, also in one stage, told once", async () => {
    for (const together of [false, true]) {
      const a: Actor = actor({ dependencies: () => [b] });
      const b: Actor = actor({ dependencies: () => [a] });
      await using app = createTestApp({ providers: together ? [{ a, b }] : { a, b } });
      const error = await errorOf<CycleError>(app.start());
      expect(error).toBeInstanceOf(CycleError);
      expect(error.message).toMatch(/^b → a → b: /);
      expect(error.errors).toEqual([]);
    }
  });

  it("of one with itself", async () => {
    const a: Actor = actor({ dependencies: () => [a] });
    await using app = createTestApp({ providers: { a } });
    expect((await errorOf(app.start())).message).toMatch(/^a → a: /);
  });

  it("through a constructor", async () => {
    const made: Service[] = [];
    class A extends Service {
      readonly b: Service;
      constructor({ b }: { b: Service }) {
        super();
        this.b = b;
        made.push(this);
      }
    }
    class B extends Service {
      override get dependencies(): Dependencies {
        return made;
      }
    }
    await using app = createTestApp({ providers: { a: A, b: B } });
    const error = await errorOf(app.start());
    expect(error).toBeInstanceOf(CycleError);
    expect(error.message).toMatch(/^b → a → b: /);
  });

  it("through an adopted child that depends on its owner", async () => {
    const shop: Actor = actor({
      async onStart() {
        await this.adopt(actor({ name: "child", dependencies: () => [shop] }));
      },
    });
    await using app = createTestApp({ providers: { shop } });
    const error = await errorOf(app.start());
    expect(error).toBeInstanceOf(CycleError);
    expect(error.message).toMatch(/^shop\/child → shop → shop\/child: /);
  });
});
