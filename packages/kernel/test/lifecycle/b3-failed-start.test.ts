import { CrashError, provide, type StartError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, noted } from "./actor.ts";

const fails = (error: unknown) => () => Promise.reject(error);

describe("B3 A start that fails is undone", () => {
  it.each(["onStart", "onReady"] as const)(
    "%s: rejects with a StartError naming the owner path, the original as cause",
    async (hook) => {
      const boom = new Error("boom");
      const journal: string[] = [];
      const providers = {
        first: noted(journal, "first"),
        broken: noted(journal, "broken", hook === "onReady" ? { onReady: fails(boom) } : { onStart: fails(boom) }),
        last: noted(journal, "last"),
      };
      await using app = createTestApp({ providers });
      const error = await errorOf<StartError>(app.start());
      expect(error).toMatchObject({
        code: "PAWL_START_FAILED",
        path: "broken",
        message: "broken could not start: boom",
        cause: boom,
        errors: [],
      });
      expect(app.state).toBe("failed");
      expect(journal).toEqual(
        hook === "onStart"
          ? ["+first", "+broken", "-first"]
          : ["+first", "+broken", "+last", "-last", "-broken", "-first"],
      );
    },
  );

  it("a synchronous throw is the same as a rejection", async () => {
    const boom = new Error("boom");
    const shop = actor({
      onStart() {
        throw boom;
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop", cause: boom });
  });

  it("what the failing onStart had acquired is released, newest first, children stopped", async () => {
    const journal: string[] = [];
    const shop = actor({
      async onStart() {
        this.own({ close: () => journal.push("closed") });
        await this.adopt(noted(journal, "child"));
        this.interval(() => expect.unreachable(), "1s");
        this.spawn(async () => {
          await this.sleep("1h").finally(() => journal.push("task ended"));
        });
        await Promise.resolve();
        throw new Error("boom");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    await errorOf(app.start());
    expect(journal).toEqual(["+child", "task ended", "-child", "closed"]);
    expect(app.clock.pending).toEqual([]);
  });

  it("the deepest culprit is named, through every owner that lets its failure pass", async () => {
    const boom = new Error("boom");
    const shop = actor({
      async onStart() {
        await this.adopt(
          actor({
            name: "worker",
            async onStart() {
              await this.adopt(actor({ name: "helper", onStart: fails(boom) }));
            },
          }),
        );
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop/worker/helper", cause: boom, errors: [] });
  });

  it("an owner that wraps the failure of its child is the culprit itself", async () => {
    const wrapped = new Error("wrapped");
    const shop = actor({
      async onStart() {
        await this.adopt(actor({ onStart: fails(new Error("boom")) })).catch(() => {
          throw wrapped;
        });
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop", cause: wrapped });
  });

  it("an owner that can do without its child goes on", async () => {
    const shop = actor({
      async onStart() {
        await this.adopt(actor({ onStart: fails(new Error("boom")) })).catch(() => {});
      },
    });
    await using app = await testApp({ providers: { shop } });
    expect(app.inspect().services).toMatchObject([{ path: "shop", children: [] }]);
  });

  it("failures of the undoing are in errors, flat, each once, in the order in which they happened", async () => {
    const boom = new Error("boom");
    const providers = {
      first: actor({ onStop: fails(new Error("first")) }),
      second: actor({
        onStart() {
          this.addCleanup(fails(new Error("second")));
        },
      }),
      broken: actor({
        async onStart() {
          this.addCleanup(fails(new Error("own cleanup")));
          await this.adopt(actor({ name: "child", onStop: fails(new Error("child")) }));
          throw boom;
        },
      }),
    };
    await using app = createTestApp({ providers });
    const error = await errorOf<StartError>(app.start());
    expect(error.cause).toBe(boom);
    expect(error.errors.map((each) => (each as Error).message)).toEqual([
      "broken/child: onStop failed: child",
      'broken: release "cleanup" failed: own cleanup',
      'second: release "cleanup" failed: second',
      "first: onStop failed: first",
    ]);
  });

  it("wait() rejects with the same error", async () => {
    await using app = createTestApp({ providers: { shop: actor({ onStart: fails(new Error("boom")) }) } });
    const ended = errorOf(app.wait());
    const error = await errorOf(app.start());
    expect(await ended).toBe(error);
    expect(await errorOf(app.wait())).toBe(error);
  });

  it("the kernel can be started again", async () => {
    const journal: string[] = [];
    let broken = true;
    const providers = {
      first: noted(journal, "first"),
      shop: noted(journal, "shop", {
        onStart() {
          if (broken) throw new Error("boom");
        },
      }),
    };
    await using app = createTestApp({ providers });
    await errorOf(app.start());
    broken = false;
    await app.start();
    expect(app.state).toBe("running");
    await app.stop();
    expect(journal).toEqual(["+first", "+shop", "-first", "+first", "+shop", "-shop", "-first"]);
  });
});

describe("B3 A start that lasts longer than its startTimeout", () => {
  it.each(["onStart", "onReady"] as const)("%s: is given up, aborted, and named with what it was in", async (hook) => {
    const reasons: unknown[] = [];
    const shop = actor({
      [hook](this: Parameters<typeof wait>[0]) {
        return wait(this);
      },
    });
    const wait = (self: { readonly signal: AbortSignal }) =>
      new Promise((_, reject) => {
        self.signal.addEventListener("abort", () => {
          reasons.push(self.signal.reason);
          reject(self.signal.reason);
        });
      });
    await using app = createTestApp({ providers: { shop } });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("29999ms");
    expect(reasons).toEqual([]);
    await app.clock.advance("1ms");
    const error = await started;
    expect(error).toMatchObject({ code: "PAWL_START_TIMEOUT", path: "shop", errors: [] });
    expect(error.message).toBe(
      `"shop" did not start within 30s; it was in ${hook}(). Return sooner and do the long work in spawn(), or raise startTimeout`,
    );
    expect(reasons).toMatchObject([{ name: "AbortError" }]);
    expect(app.clock.now()).toBe(30_000);
  });

  it("each has its own: of the provider, of the adopted child", async () => {
    for (const [where, path] of [
      ["provider", "shop"],
      ["child", "shop/actor"],
    ]) {
      const shop = actor({
        async onStart() {
          if (where === "provider") await forever();
          await this.adopt(actor({ onStart: forever }), { startTimeout: "2s" });
        },
      });
      const entry = where === "provider" ? provide(shop, { startTimeout: "2s" }) : shop;
      await using app = createTestApp({ providers: { shop: entry } });
      const started = errorOf(app.start());
      await app.clock.advance("12s");
      expect(await started).toMatchObject({ code: "PAWL_START_TIMEOUT", path });
    }
  });

  it("children that it adopts there are included: the deepest one still starting is named", async () => {
    const shop = actor({
      async onStart() {
        await this.adopt(actor({ name: "done" }));
        await Promise.all([
          this.adopt(actor({ name: "shallow", onStart: forever })),
          this.adopt(
            actor({
              name: "worker",
              async onStart() {
                await this.adopt(actor({ name: "helper", onStart: forever }));
              },
            }),
          ),
        ]);
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "5s" });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("30s");
    const error = await started;
    expect(error).toMatchObject({ code: "PAWL_START_TIMEOUT", path: "shop/worker/helper" });
    expect(error.message).toMatch(/^"shop\/worker\/helper" did not start within 5s of "shop"; it was in onStart\(\)/);
  });

  it("a child in its onReady is named as such", async () => {
    const shop = actor({
      async onReady() {
        await this.adopt(actor({ name: "worker", onReady: forever }));
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "5s" });
    const started = errorOf(app.start());
    await app.clock.advance("30s");
    expect((await started).message).toMatch(/^"shop\/worker" did not start within 5s of "shop"; it was in onReady\(\)/);
  });

  it("a child that waits for its dependency: the dependency is named", async () => {
    const connection = actor({ name: "connection", onStart: forever });
    const shop = actor({
      async onStart() {
        await this.sleep("1s");
        await this.adopt(actor({ dependencies: () => [connection] }));
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "5s" });
    const started = errorOf(app.start());
    await app.clock.advance("30s");
    expect((await started).message).toMatch(/^"connection" did not start within 5s of "shop"; it was in onStart\(\)/);
  });

  it("an async factory", async () => {
    await using app = createTestApp({ providers: { pool: forever }, startTimeout: "5s" });
    const started = errorOf(app.start());
    await app.clock.advance("30s");
    expect((await started).message).toMatch(/^"pool" did not start within 5s; it was in its factory/);
  });

  it("an onStart that fails in answer to the abort is told too, beside the timeout", async () => {
    const shop = actor({
      onStart() {
        return new Promise((_, reject) => {
          this.signal.addEventListener("abort", () => reject(new Error("connection torn down")));
        });
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "5s" });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("5s");
    const error = await started;
    expect(error.code).toBe("PAWL_START_TIMEOUT");
    expect(error.errors).toMatchObject([{ message: "shop: onStart failed: connection torn down" }]);
  });

  it("counts from onStart: dependencies have their own time", async () => {
    const connection = actor({
      async onStart() {
        await this.sleep("4s");
      },
    });
    const shop = actor({
      dependencies: () => [connection],
      async onStart() {
        await this.sleep("4s");
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "5s" });
    const started = app.start();
    await app.clock.advance("8s");
    await started;
  });
});

describe("B3 Siblings that are still starting", () => {
  it("get their signal aborted at once, are awaited, and undone before what had started is stopped", async () => {
    const journal: string[] = [];
    const work = gate();
    const boom = new Error("boom");
    const slow = noted(journal, "slow", {
      async onStart() {
        this.signal.addEventListener("abort", () => journal.push("slow aborted"));
        this.addCleanup(() => journal.push("slow cleanup"));
        await work.opened;
      },
    });
    const broken = actor({
      async onStart() {
        await this.sleep("1s");
        throw boom;
      },
    });
    await using app = createTestApp({
      providers: [{ first: noted(journal, "first") }, { slow, quick: noted(journal, "quick"), broken }],
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("1s");
    expect(journal).toEqual(["+first", "+slow", "+quick", "slow aborted"]);
    work.open();
    expect(await started).toMatchObject({ path: "broken", cause: boom, errors: [] });
    // Its onStart had returned, though after the abort.
    expect(journal.slice(4)).toEqual(["-slow", "slow cleanup", "-quick", "-first"]);
  });

  it("that fail too are told in errors, once", async () => {
    const boom = new Error("boom");
    const late = new Error("late");
    const work = gate();
    await using app = createTestApp({
      providers: [{ broken: actor({ onStart: fails(boom) }), also: actor({ onStart: () => work.opened }) }],
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.settle();
    work.fail(late);
    const error = await started;
    expect(error).toMatchObject({ path: "broken", cause: boom });
    expect(error.errors).toMatchObject([{ path: "also", step: "onStart", cause: late }]);
  });

  it("that fail in the same turn are told in errors, once", async () => {
    const one = new Error("one");
    const two = new Error("two");
    await using app = createTestApp({
      providers: [{ one: actor({ onStart: fails(one) }), two: actor({ onStart: fails(two) }) }],
    });
    const error = await errorOf<StartError>(app.start());
    expect(error.cause).toBe(one);
    expect(error.errors).toMatchObject([{ path: "two", cause: two }]);
  });

  it("that fail because of the same need are one failure", async () => {
    const boom = new Error("boom");
    const connection = actor({ name: "connection", onStart: fails(boom) });
    const dependant = () => actor({ dependencies: () => [connection] });
    await using app = createTestApp({ providers: [{ one: dependant(), two: dependant(), three: dependant() }] });
    const error = await errorOf<StartError>(app.start());
    expect(error).toMatchObject({ path: "connection", cause: boom, errors: [] });
  });

  it("that do not settle are left behind and named", async () => {
    await using app = createTestApp({
      providers: [{ broken: actor({ onStart: fails(new Error("boom")) }), slow: actor({ onStart: forever }) }],
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("10s");
    expect((await started).errors).toMatchObject([{ code: "PAWL_ABANDONED", path: "slow" }]);
  });
});

describe("B3 A factory or constructor that fails", () => {
  it.each<[string, () => unknown]>([
    [
      "a factory that throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["a factory that rejects", fails(new Error("boom"))],
  ])("%s fails the start", async (_, pool) => {
    const journal: string[] = [];
    await using app = createTestApp({ providers: { first: noted(journal, "first"), pool } });
    expect(await errorOf(app.start())).toMatchObject({
      code: "PAWL_START_FAILED",
      path: "pool",
      message: "pool could not start: boom",
    });
    expect(journal).toEqual(["+first", "-first"]);
  });
});

describe("B3 A crash while starting fails that start", () => {
  it("its own, by fail(), named with the original", async () => {
    const boom = new Error("boom");
    const shop = actor({
      async onStart() {
        this.fail(boom);
        await this.sleep("1h");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({
      code: "PAWL_START_FAILED",
      path: "shop",
      cause: boom,
      errors: [],
    });
  });

  it("that onStart then throws as well: told once", async () => {
    const boom = new Error("boom");
    const shop = actor({
      onStart() {
        this.fail(boom);
        throw boom;
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ cause: boom, errors: [] });
  });

  it("of a task", async () => {
    const boom = new Error("boom");
    const shop = actor({
      async onStart() {
        this.spawn(fails(boom));
        await this.sleep("1h");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop", cause: boom, errors: [] });
  });

  it("of a child that had started", async () => {
    const boom = new Error("boom");
    const shop = actor({
      async onStart() {
        const child = await this.adopt(actor());
        child.fail(boom);
        await this.sleep("1h");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ path: "shop/actor", cause: boom, errors: [] });
  });

  it("of a provider that had started, while others are starting", async () => {
    const boom = new Error("boom");
    const journal: string[] = [];
    const first = noted(journal, "first");
    const second = noted(journal, "second", {
      async onStart() {
        first.fail(boom);
        await this.sleep("1h");
      },
    });
    await using app = createTestApp({ providers: { first, second, third: noted(journal, "third") } });
    const error = await errorOf<StartError>(app.start());
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "first", cause: boom, errors: [] });
    expect(journal).toEqual(["+first", "+second", "-first"]);
  });

  it("in onReady, of itself and of another", async () => {
    for (const who of ["itself", "another"]) {
      const boom = new Error("boom");
      const journal: string[] = [];
      const first = noted(journal, "first");
      const second = noted(journal, "second", {
        async onReady() {
          (who === "itself" ? this : first).fail(boom);
          await this.sleep("1h");
        },
      });
      await using app = createTestApp({ providers: { first, second } });
      const error = await errorOf<StartError>(app.start());
      expect(error).toMatchObject({ path: who === "itself" ? "second" : "first", cause: boom, errors: [] });
      expect(journal).toEqual(["+first", "+second", "-second", "-first"]);
    }
  });

  it("a second crash while that is being undone joins the errors", async () => {
    const boom = new Error("boom");
    const later = new Error("later");
    const shop = actor({
      async onStart() {
        this.fail(boom);
        await this.sleep("1h").catch(() => {});
        this.fail(later);
      },
    });
    await using app = createTestApp({ providers: { shop } });
    const error = await errorOf<StartError>(app.start());
    expect(error.cause).toBe(boom);
    expect(error.errors).toMatchObject([{ path: "shop", cause: later }]);
    expect(error).not.toBeInstanceOf(CrashError);
  });
});
