import { CycleError, Service, type StartError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, gate, noted } from "../lifecycle/actor.ts";

// A program that declares no services says itself what a constructor reads.
type Any = never;

/** A class that writes into the journal and reads `reads` from its constructor's argument. */
function classOf(journal: string[], name: string, reads: readonly string[] = []) {
  return class extends Service {
    readonly needs: Record<string, unknown> = {};
    constructor(deps: Any) {
      super();
      for (const need of reads) this.needs[need] = deps[need];
    }
    override onStart() {
      journal.push(`+${name}`);
    }
    override onStop() {
      journal.push(`-${name}`);
    }
  };
}

describe("B1 Providers start in listed order, one after another", () => {
  it("each when the one before it has started", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: {
        slow: noted(journal, "slow", { onStart: () => work.opened }),
        quick: classOf(journal, "quick"),
        value: () => void journal.push("+value"),
      },
    });
    const started = app.start();
    await app.clock.settle();
    expect(journal).toEqual(["+slow"]);
    work.open();
    await started;
    expect(journal).toEqual(["+slow", "+quick", "+value"]);
  });

  it("instances, classes and factories alike", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: {
        d: noted(journal, "d"),
        c: classOf(journal, "c"),
        b: () => noted(journal, "b"),
        a: async () => noted(journal, "a"),
      },
    });
    expect(journal).toEqual(["+d", "+c", "+b", "+a"]);
  });

  it("a class or factory is made in its turn, not before", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: {
        one: () => {
          journal.push("made one");
          return noted(journal, "one");
        },
        two: () => {
          journal.push("made two");
          return noted(journal, "two");
        },
      },
    });
    expect(journal).toEqual(["made one", "+one", "made two", "+two"]);
  });
});

describe("B1 A stage's members begin together, in listed order", () => {
  it("and the next stage when all of them have started", async () => {
    const journal: string[] = [];
    const works = { a: gate(), b: gate() };
    await using app = createTestApp({
      providers: [
        {
          a: noted(journal, "a", { onStart: () => works.a.opened }),
          b: noted(journal, "b", { onStart: () => works.b.opened }),
        },
        { c: noted(journal, "c"), d: noted(journal, "d") },
      ],
    });
    const started = app.start();
    await app.clock.settle();
    expect(journal).toEqual(["+a", "+b"]);
    works.b.open();
    await app.clock.settle();
    expect(journal).toEqual(["+a", "+b"]);
    works.a.open();
    await started;
    expect(journal).toEqual(["+a", "+b", "+c", "+d"]);
  });

  it("whatever kind they are, and whatever they need of earlier stages", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: [
        { db: noted(journal, "db"), config: () => ({}) },
        {
          a: classOf(journal, "a", ["db", "config"]),
          b: noted(journal, "b"),
          c: ({ db }: Any) => noted(journal, "c", { onStart: () => db }),
          d: classOf(journal, "d"),
          e: noted(journal, "e"),
        },
      ],
    });
    expect(journal).toEqual(["+db", "+a", "+b", "+c", "+d", "+e"]);
  });

  it("a member waits for another that it needs; the others do not wait for it", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: [
        {
          a: classOf(journal, "a", ["c"]),
          b: noted(journal, "b"),
          c: noted(journal, "c", { onStart: () => work.opened }),
        },
      ],
    });
    const started = app.start();
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["+b", "+c"]);
    work.open();
    await started;
    expect(journal.at(-1)).toBe("+a");
  });
});

describe("B1 What a constructor or factory reads while it runs starts first, wherever it is listed", () => {
  it("a class that reads a class listed later", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: classOf(journal, "shop", ["db"]),
        other: classOf(journal, "other"),
        db: classOf(journal, "db", ["config"]),
        config: classOf(journal, "config"),
      },
    });
    expect(journal).toEqual(["+config", "+db", "+shop", "+other"]);
    await app.stop();
    expect(journal.slice(4)).toEqual(["-other", "-shop", "-db", "-config"]);
  });

  it("reads give what `service` gives: the instance, or the value", async () => {
    const db = actor();
    await using app = await testApp({
      providers: { shop: classOf([], "shop", ["db", "config"]), db, config: () => ({ url: "x" }) },
    });
    const shop = app.service("shop") as unknown as { needs: Record<string, unknown> };
    expect(shop.needs["db"]).toBe(db);
    expect(shop.needs["config"]).toEqual({ url: "x" });
    expect(app.service("config")).toBe(shop.needs["config"]);
  });

  it("a sync factory listed later is made once, for all who read it", async () => {
    let made = 0;
    await using _app = await testApp({
      providers: {
        one: classOf([], "one", ["config"]),
        two: ({ config }: Any) => config,
        config: () => ({ nr: ++made }),
      },
    });
    expect(made).toBe(1);
  });

  it("a factory is called when the services that it reads have started, not merely been made", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: {
        report: ({ db }: Any) => {
          journal.push(`report is made with ${(db as Service).path}`);
          return {};
        },
        db: noted(journal, "db", { onStart: () => work.opened }),
      },
    });
    const started = app.start();
    await app.clock.settle();
    expect(journal).toEqual(["+db"]);
    work.open();
    await started;
    expect(journal).toEqual(["+db", "report is made with db"]);
  });

  it.each(["before", "after"])("an async factory too, %s its first await", async (when) => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: {
        report: async (deps: Any) => {
          if (when === "before") return journal.push(`report with ${(deps["db"] as Service).path}`);
          await Promise.resolve();
          return journal.push(`report with ${(deps["db"] as Service).path}`);
        },
        db: noted(journal, "db"),
      },
    });
    expect(journal).toEqual(["+db", "report with db"]);
  });

  it("a factory that reads several services listed later", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: {
        report: ({ one, two }: Any) =>
          void journal.push(`report with ${(one as Service).path}, ${(two as Service).path}`),
        two: classOf(journal, "two", ["one"]),
        one: classOf(journal, "one"),
      },
    });
    expect(journal).toEqual(["+one", "+two", "report with one, two"]);
  });

  it("a constructor that reads a factory, which reads a service listed later", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: {
        shop: classOf(journal, "shop", ["report"]),
        report: ({ db }: Any) => ({ path: (db as Service).path }),
        db: noted(journal, "db"),
      },
    });
    expect(journal).toEqual(["+db", "+shop"]);
  });

  it("`in` tells which providers there are, without needing them", async () => {
    const seen: boolean[] = [];
    await using _app = await testApp({
      providers: { probe: (deps: object) => void seen.push("db" in deps, "nope" in deps), db: actor() },
    });
    expect(seen).toEqual([true, false]);
  });
});

describe("B1 Reading later is an error", () => {
  it("after a constructor or factory has returned", async () => {
    let kept: Record<string, unknown> = {};
    class Shop extends Service {
      constructor(deps: Any) {
        super();
        kept = deps;
      }
    }
    await using _app = await testApp({ providers: { db: actor(), shop: Shop } });
    expect(() => kept["db"]).toThrow(
      expect.objectContaining({
        code: "PAWL_LATE_NEED",
        path: "shop",
        message:
          'shop: "db" was read from its argument after it had been made; read it at once ({ db }), or look it up later with this.service("db")',
      }),
    );
  });

  it("after an async factory has settled", async () => {
    let kept: Record<string, unknown> = {};
    await using _app = await testApp({
      providers: {
        db: actor(),
        report: async (deps: Any) => {
          await Promise.resolve();
          kept = deps;
        },
      },
    });
    expect(() => kept["db"]).toThrow(expect.objectContaining({ code: "PAWL_LATE_NEED", path: "report" }));
  });
});

describe("B1 A name that is no provider is an error", () => {
  it("naming who reads it, the known names and the nearest one", async () => {
    await using app = createTestApp({ providers: { database: actor(), shop: classOf([], "shop", ["databse"]) } });
    const error = await errorOf<StartError>(app.start());
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "shop", cause: { code: "PAWL_UNKNOWN_SERVICE" } });
    expect(error.message).toBe(
      'shop could not start: shop reads "databse": there is no provider of that name; did you mean "database"? Known: database, shop',
    );
  });
});

describe("B1 An async factory must be listed before those that need it", () => {
  it("listed before, it is waited for", async () => {
    const journal: string[] = [];
    await using _app = await testApp({
      providers: { pool: async () => ({ name: "pool" }), shop: classOf(journal, "shop", ["pool"]) },
    });
    expect(journal).toEqual(["+shop"]);
  });

  it("listed before in the same stage, it is waited for too, and released once", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: [
        {
          pool: async () => {
            await work.opened;
            return { close: () => journal.push("closed") };
          },
          shop: classOf(journal, "shop", ["pool"]),
          report: ({ pool }: Any) => void (pool && journal.push("report")),
        },
      ],
    });
    const started = app.start();
    await app.clock.settle();
    work.open();
    await started;
    await app.stop();
    expect(journal.toSorted()).toEqual(["+shop", "-shop", "closed", "report"].toSorted());
  });

  it("listed after, the error says so; what the factory made is released, once", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: {
        shop: classOf(journal, "shop", ["pool"]),
        pool: async () => {
          await work.opened;
          return { close: () => journal.push("closed") };
        },
      },
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.settle();
    work.open();
    const error = await started;
    expect(error).toMatchObject({ path: "shop", cause: { code: "PAWL_ASYNC_FACTORY", path: "shop" }, errors: [] });
    expect(error.message).toBe(
      'shop could not start: shop needs "pool", whose factory is async and listed after it; list pool before shop',
    );
    expect(journal).toEqual(["closed"]);
  });

  it("one that fails is told once, however many need it", async () => {
    const boom = new Error("boom");
    await using app = createTestApp({
      providers: [
        { pool: () => Promise.reject(boom), one: classOf([], "one", ["pool"]), two: classOf([], "two", ["pool"]) },
      ],
    });
    expect(await errorOf<StartError>(app.start())).toMatchObject({ path: "pool", cause: boom, errors: [] });
  });
});

describe("B1 A cycle is a CycleError that prints a → b → a", () => {
  it("of constructors", async () => {
    await using app = createTestApp({
      providers: { a: classOf([], "a", ["b"]), b: classOf([], "b", ["c"]), c: classOf([], "c", ["a"]) },
    });
    const error = await errorOf(app.start());
    expect(error).toBeInstanceOf(CycleError);
    expect(error.message).toMatch(/^a → b → c → a: /);
  });

  it("of factories, also with a service between", async () => {
    await using app = createTestApp({ providers: { a: ({ b }: Any) => b, b: classOf([], "b", ["a"]) } });
    expect((await errorOf(app.start())).message).toMatch(/^a → b → a: /);
  });

  it("of one with itself", async () => {
    await using app = createTestApp({ providers: { a: classOf([], "a", ["a"]) } });
    expect((await errorOf(app.start())).message).toMatch(/^a → a: /);
  });

  it("not where it does not reach back: the cycle alone is printed", async () => {
    await using app = createTestApp({
      providers: { shop: classOf([], "shop", ["a"]), a: classOf([], "a", ["b"]), b: classOf([], "b", ["a"]) },
    });
    expect((await errorOf(app.start())).message).toMatch(/^a → b → a: /);
  });

  it("in one stage", async () => {
    await using app = createTestApp({ providers: [{ a: classOf([], "a", ["b"]), b: classOf([], "b", ["a"]) }] });
    const error = await errorOf<CycleError>(app.start());
    expect(error.message).toMatch(/^a → b → a: /);
    expect(error.errors).toEqual([]);
  });

  it("names the culprit in a start that had begun well, which is undone", async () => {
    const journal: string[] = [];
    await using app = createTestApp({
      providers: { first: noted(journal, "first"), a: classOf([], "a", ["b"]), b: classOf([], "b", ["a"]) },
    });
    expect(await errorOf(app.start())).toMatchObject({ code: "PAWL_CYCLE", path: "a" });
    expect(journal).toEqual(["+first", "-first"]);
  });
});
