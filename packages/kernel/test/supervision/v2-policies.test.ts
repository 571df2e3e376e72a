import { Kernel, provide, type SuperviseOptions } from "@pawl/kernel";
import { type TestApp, testApp } from "@pawl/testing";
import { describe, expect, it, vi } from "vitest";
import { type Actor, actor, errorOf } from "../lifecycle/actor.ts";
import { restarted } from "./restarted.ts";

const boom = new Error("boom");

/** Crashes the service at each of these seconds; gives how often it had been restarted in the end, and the app's state. */
async function crashedAt(app: TestApp, shop: Actor, seconds: readonly number[]) {
  for (const at of seconds) {
    await app.clock.advance(`${at * 1_000 - app.clock.now()}ms`);
    shop.fail(boom);
  }
  await app.clock.advance("200ms");
  return [app.facts.of("restart").length, app.state];
}

describe("V2 maxRestarts within a window that slides", () => {
  it.each<[string, readonly number[], SuperviseOptions, [number, string]]>([
    ["three are granted, the fourth crash in 5s is the owner's", [1, 2, 3, 4], {}, [3, "stopped"]],
    ["three in any 5s: the first has left the window", [1, 2, 3, 6], {}, [4, "running"]],
    ["the window slides, it does not begin afresh", [1, 4, 5, 6, 7], {}, [4, "stopped"]],
    ["as many as come, one each two seconds", [1, 3, 5, 7, 9, 11, 13], {}, [7, "running"]],
    ["the limit and the window are options", [1, 10, 19], { maxRestarts: 1, within: "9s" }, [3, "running"]],
    ["the limit and the window are options", [1, 9], { maxRestarts: 1, within: "9s" }, [1, "stopped"]],
    ["none", [1], { maxRestarts: 0 }, [0, "stopped"]],
    ["no limit", [1, 1.2, 1.4, 1.6, 1.8, 2], { maxRestarts: Number.POSITIVE_INFINITY }, [6, "running"]],
  ])("%s: %j", async (_, seconds, options, expected) => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, options) } });
    app.wait().catch(() => {});
    expect(await crashedAt(app, shop, seconds)).toEqual(expected);
    expect(app.errors.length).toBe(expected[0]);
  });

  it("is counted afresh by a new owner and by a new run of the kernel", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { maxRestarts: 1 }) } });
    app.wait().catch(() => {});
    expect(await crashedAt(app, shop, [1])).toEqual([1, "running"]);
    await app.stop();
    await app.start();
    expect(await crashedAt(app, shop, [2])).toEqual([2, "running"]);
    expect(app.errors).toHaveLength(2);
  });
});

describe("V2 backoff", () => {
  const waits = (app: TestApp) => app.facts.of("restart").map(({ delayMs }) => delayMs);

  it("doubles from 100ms, half of it by chance, and is told by facts and inspect()", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const shop = actor();
    await using app = await testApp({
      providers: { shop: provide(shop, { restart: "on-failure", maxRestarts: 9 }) },
    });
    for (let i = 0; i < 4; i++) {
      shop.fail(boom);
      await app.clock.settle();
      expect(app.inspect().services[0]).toMatchObject({ state: "failed", nextStartAt: expect.any(String) });
      await app.clock.advance("2s");
      expect(app.inspect().services[0]).not.toHaveProperty("nextStartAt");
    }
    expect(waits(app)).toEqual([75, 150, 300, 600]);
    expect(app.errors).toHaveLength(4);
  });

  it("begins afresh after a run longer than the window, not after a shorter one", async () => {
    const shop = actor();
    const backoff = { initial: "1s", jitter: 0 } as const;
    await using app = await testApp({
      providers: { shop: provide(shop, { restart: "on-failure", maxRestarts: 9, backoff }) },
    });
    shop.fail(boom);
    await app.clock.advance("6s"); // 1 s of waiting, then a run of exactly 5 s
    shop.fail(boom);
    await app.clock.advance("7001ms"); // 2 s of waiting, then a run of 5.001 s
    shop.fail(boom);
    await app.clock.advance("1s");
    expect(waits(app)).toEqual([1_000, 2_000, 1_000]);
    expect(app.errors).toHaveLength(3);
  });

  it("false restarts at once, in no later turn than the stop ends", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { backoff: false }) } });
    shop.fail(boom);
    await app.clock.settle();
    expect(app.inspect().services[0]?.state).toBe("running");
    expect(app.errors).toHaveLength(1);
  });
});

describe('V2 restart: "always"', () => {
  it("also one that stopped itself, as one of its restarts", async () => {
    const journal: string[] = [];
    const shop = actor({
      onStart: () => journal.push("+"),
      onStop: ({ kind }) => journal.push(`- ${kind}`),
    });
    await using app = await testApp({ providers: { shop: restarted(shop, { restart: "always" }) } });
    await shop.spawn(() => shop.stop());
    await app.clock.advance("100ms");
    expect(journal).toEqual(["+", "- requested", "+"]);
    expect(app.facts.of("restart")).toMatchObject([{ path: "shop", restarts: 1, delayMs: 100 }]);
    expect(app.errors).toEqual([]);
  });

  it("one that others stop stays down", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop, { restart: "always" }) } });
    await shop.stop();
    await app.clock.advance("1m");
    expect(shop.signal.aborted).toBe(true);
    expect(app.facts.of("restart")).toEqual([]);
  });

  it("with on-failure one that stopped itself stays down too", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    await shop.spawn(() => shop.stop());
    await app.clock.advance("1m");
    expect(app.facts.of("service.started")).toHaveLength(1);
  });

  it("stop() while it starts gives that start up, and is no stop of itself", async () => {
    const shop = actor({
      async onStart() {
        if (app !== undefined) await this.stop();
      },
    });
    let app: object | undefined;
    await using running = await testApp({ providers: { shop: restarted(shop, { restart: "always" }) } });
    app = running;
    shop.fail(boom);
    await running.clock.advance("10s");
    expect(running.facts.of("restart")).toHaveLength(1);
    expect(shop.signal.aborted).toBe(true);
    expect(running.errors).toHaveLength(1);
  });

  it("one that stops itself too often has crashed, with an error that says so", async () => {
    const shop = actor({
      onStart() {
        this.spawn(async () => {
          await this.sleep("1s");
          await this.stop();
        });
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop, { restart: "always" }) } });
    const ended = errorOf(app.wait());
    await app.clock.advance("1m");
    expect(await ended).toMatchObject({ path: "shop", step: "stop()", cause: { code: "PAWL_STOPPED_TOO_OFTEN" } });
    expect(app.facts.of("restart")).toHaveLength(3);
  });
});

describe("V2 A restart that fails counts as a crash", () => {
  /** A service whose start fails the times that are listed, its first being number 1. */
  const failing = (times: readonly number[], undoing?: unknown) => {
    let starts = 0;
    return actor({
      onStart() {
        starts++;
        if (!times.includes(starts)) return;
        if (undoing) this.addCleanup(() => Promise.reject(undoing));
        throw new Error(`start ${starts}`);
      },
    });
  };

  it("and is tried again, after a longer wait", async () => {
    const shop = failing([2, 3]);
    const backoff = { initial: "1s", jitter: 0 } as const;
    await using app = await testApp({ providers: { shop: provide(shop, { restart: "on-failure", backoff }) } });
    shop.fail(boom);
    await app.clock.advance("1m");
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["boom", "start 2", "start 3"]);
    expect(app.errors[1]?.origin).toEqual({ path: "shop", label: "start" });
    expect(app.facts.of("restart").map(({ delayMs }) => delayMs)).toEqual([1_000, 2_000, 4_000]);
    expect(app.inspect().services[0]).toMatchObject({ state: "running", restarts: 3, lastError: "start 3" });
  });

  it("after too many the last error is the owner's; what failed in the undoing goes to onError", async () => {
    const undoing = new Error("undoing");
    const shop = failing([2], undoing);
    await using app = await testApp({ providers: { shop: restarted(shop, { maxRestarts: 1 }) } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    await app.clock.advance("1m");
    expect(await ended).toMatchObject({ code: "PAWL_CRASHED", path: "shop", cause: { message: "start 2" } });
    expect(app.errors).toMatchObject([{ error: boom }, { error: { cause: undoing } }]);
    expect(app.facts.of("escalation")).toMatchObject([{ path: "shop", to: "app" }]);
    expect(app.state).toBe("stopped");
  });

  it("one that does not end within the start timeout likewise", async () => {
    let starts = 0;
    const shop = actor({
      async onStart() {
        starts++;
        if (starts === 2) await this.sleep("1h");
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop, { startTimeout: "2s" }) } });
    shop.fail(boom);
    await app.clock.advance("3s");
    expect(app.errors).toMatchObject([{ error: boom }, { error: { code: "PAWL_START_TIMEOUT", path: "shop" } }]);
    expect(app.inspect().services[0]?.state).toBe("running");
  });

  it("a child that fails to start names itself", async () => {
    let starts = 0;
    const shop = actor({
      async onStart() {
        starts++;
        const child = actor({ name: "child", onStart: () => (starts === 2 ? Promise.reject(boom) : undefined) });
        await this.adopt(child);
      },
    });
    await using app = await testApp({ providers: { shop: restarted(shop) } });
    shop.fail(new Error("first"));
    await app.clock.advance("1s");
    expect(app.errors[1]).toMatchObject({ error: boom, origin: { path: "shop/child", label: "start" } });
    expect(app.inspect().services[0]).toMatchObject({ state: "running", children: [{ state: "running" }] });
  });
});

describe("V2 Options that cannot be right are refused at once", () => {
  it.each<[SuperviseOptions, string]>([
    [{ restart: "sometimes" as never }, 'restart must be "never", "on-failure" or "always", not "sometimes"'],
    [{ restart: "always", maxRestarts: -1 }, "maxRestarts must be 0 or more, not -1"],
    [{ restart: "always", maxRestarts: 1.5 }, "maxRestarts must be 0 or more, not 1.5"],
    [{ restart: "always", within: 0 }, "within: 0 is not a length of time"],
    [{ restart: "always", backoff: "soon" as never }, 'backoff: "soon" is no duration'],
  ])("%j", async (options, message) => {
    expect(() => provide(actor(), options)).toThrow(`provide(): ${message}`);
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await expect(shop.adopt(actor({ name: "child" }), options)).rejects.toThrow(`adopt(Actor): ${message}`);
    expect(app.inspect().services[0]?.children).toEqual([]);
  });

  it("a strategy that is none", async () => {
    expect(() => new Kernel({ strategy: "one" as never })).toThrow('Kernel({ strategy }): it must be "one-for-one"');
    class Shop extends (actor().constructor as typeof Actor) {
      static override readonly strategy = "all" as never;
    }
    await expect(new Kernel({ providers: { shop: new Shop() } }).start()).rejects.toThrow("Shop: static strategy");
  });

  it("restart for what is no service: the value is released again", async () => {
    let closed = 0;
    const pool = () => ({ close: () => closed++ });
    const kernel = new Kernel({ providers: { pool: provide(pool, { restart: "always" }) } });
    await expect(kernel.start()).rejects.toThrow("only a service can be restarted");
    expect(closed).toBe(1);
  });
});
