import { NotRunningError, UnknownServiceError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, gate } from "../lifecycle/actor.ts";

describe('B6 service("nope") throws UnknownServiceError', () => {
  it("listing the known names and the nearest one, from a service and from the kernel, in every state", async () => {
    const shop = actor();
    await using app = createTestApp({ providers: { metrics: actor(), email: actor(), shop } });
    const ask = () => [() => app.service("metrcs" as "metrics"), () => shop.service("metrcs")];
    const expected = expect.objectContaining({
      code: "PAWL_UNKNOWN_SERVICE",
      message:
        'service("metrcs"): there is no provider of that name; did you mean "metrics"? Known: metrics, email, shop',
    });
    expect(ask()[0]).toThrow(expected);
    await app.start();
    for (const call of ask()) expect(call).toThrow(expected);
    await app.stop();
    for (const call of ask()) expect(call).toThrow(expected);
  });

  it("without a guess where none is near, and without names where there are none", async () => {
    await using some = createTestApp({ providers: { metrics: actor() } });
    expect(() => some.service("zebra" as "metrics")).toThrow(
      'service("zebra"): there is no provider of that name. Known: metrics',
    );
    await using none = createTestApp();
    expect(() => none.service("metrics")).toThrow(/Known: none$/);
    expect(() => none.service("toString")).toThrow(UnknownServiceError);
  });
});

describe("B6 Resolving works from the moment a provider has started until its onStop has returned", () => {
  it("not before its onStart has returned, then from others and from itself", async () => {
    const work = gate();
    const seen: unknown[] = [];
    const look = (self: Actor) => {
      try {
        return self.service("db") === db;
      } catch (error) {
        return (error as Error).message.replace(/;.*/, "");
      }
    };
    const db: Actor = actor({
      async onStart() {
        seen.push(look(this));
        await work.opened;
      },
      onReady() {
        seen.push(look(this));
      },
    });
    const early = actor({
      onStart() {
        seen.push(look(this));
      },
    });
    const late = actor({
      onStart() {
        seen.push(look(this));
      },
    });
    await using app = createTestApp({ providers: { early, db, late } });
    const started = app.start();
    await app.clock.settle();
    expect(() => app.service("db")).toThrow('service("db"): it is starting');
    work.open();
    await started;
    expect(seen).toEqual(['service("db"): it is idle', 'service("db"): it is starting', true, true]);
  });

  it("while it stops: in the onStop of others and in its own, not in its cleanups nor after", async () => {
    const seen: Record<string, unknown> = {};
    const look = (self: Actor, place: string) => {
      try {
        seen[place] = self.service("db") === db;
      } catch (error) {
        seen[place] = error instanceof NotRunningError ? error.message.replace(/;.*/, "") : error;
      }
    };
    const db: Actor = actor({
      onStart() {
        this.addCleanup(() => look(this, "its cleanup"));
      },
      async onStop() {
        await Promise.resolve();
        look(this, "its onStop");
      },
    });
    const older = actor({ onStop: () => look(older, "onStop of an older one") });
    const newer = actor({ onStop: () => look(newer, "onStop of a newer one") });
    await using app = await testApp({ providers: { older, db, newer } });
    await app.stop();
    look(older, "afterwards");
    expect(seen).toEqual({
      "onStop of a newer one": true,
      "its onStop": true,
      "its cleanup": 'service("db"): it is stopping',
      "onStop of an older one": 'service("db"): it is stopped',
      afterwards: 'service("db"): it is stopped',
    });
  });

  it("not for one that has stopped by itself; the error names its state and what to do", async () => {
    const db = actor();
    await using app = await testApp({ providers: { db } });
    await db.stop();
    expect(() => app.service("db")).toThrow(
      expect.objectContaining({
        code: "PAWL_NOT_RUNNING",
        path: "db",
        message:
          'service("db"): it is stopped; it can be had from the moment it has started until its onStop has returned. Needed earlier: read it in the constructor, or list it before',
      }),
    );
  });

  it("for plain values: from when they were made until they are released", async () => {
    const work = gate();
    const seen: unknown[] = [];
    const look = (): unknown => {
      try {
        return app.service("pool") === pool;
      } catch (error) {
        return (error as Error).message.replace(/;.*/, "");
      }
    };
    const pool: object = { close: () => seen.push(look()) };
    const late = actor({ onStart: () => seen.push(look()), onStop: () => seen.push(look()) });
    await using app = createTestApp({
      providers: {
        pool: async () => {
          await work.opened;
          return pool;
        },
        late,
      },
    });
    expect(look()).toBe('service("pool"): it is idle');
    const started = app.start();
    await app.clock.settle();
    expect(look()).toBe('service("pool"): it is starting');
    work.open();
    await started;
    await app.stop();
    expect(seen).toEqual([true, true, 'service("pool"): it is stopped']);
  });

  it("a value may be undefined", async () => {
    await using app = await testApp({ providers: { nothing: () => undefined } });
    expect(app.service("nothing")).toBeUndefined();
  });

  it("after a failed start of it nothing is resolved", async () => {
    await using app = createTestApp({ providers: { db: actor({ onStart: () => Promise.reject(new Error("boom")) }) } });
    await errorOf(app.start());
    expect(() => app.service("db")).toThrow('service("db"): it is failed');
  });

  it("a reference taken earlier stays the same object and is not guarded", async () => {
    const db = Object.assign(actor(), { query: () => "rows" });
    await using app = await testApp({ providers: { db } });
    const taken = app.service("db");
    await app.stop();
    expect(taken.query()).toBe("rows");
    await app.start();
    expect(app.service("db")).toBe(taken);
  });
});
