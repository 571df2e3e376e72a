import { queue } from "@pawl/background";
import { NotRunningError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { appWithOne } from "../one-service.ts";

describe("T7 A queue works its items off", () => {
  it("in the order in which they came, one at a time by default", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, async (item: string) => {
      log.push(`${item} at ${now()}`);
      await one.sleep("1s");
    });
    for (const item of ["a", "b", "c"]) jobs.push(item);
    expect([jobs.size, jobs.running, jobs.isIdle]).toEqual([2, 1, false]);
    await app.clock.advance("3s");
    expect(log).toEqual(["a at 0", "b at 1000", "c at 2000"]);
    expect([jobs.size, jobs.running, jobs.isIdle]).toEqual([0, 0, true]);
  });

  it("so many at once as its concurrency says", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      async (n: number) => {
        log.push(`${n} at ${now()}`);
        await one.sleep(n);
      },
      { concurrency: 2 },
    );
    for (const n of [3, 1, 1, 1, 1]) jobs.push(n);
    await app.clock.advance("10s");
    expect(log).toEqual(["3 at 0", "1 at 0", "1 at 1000", "1 at 2000", "1 at 3000"]);
  });

  it("and gives each result to its handle, on the service, with { signal, attempt } last", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const calls: unknown[][] = [];
    const jobs = queue(one, function (n: number, ...rest: unknown[]) {
      calls.push([this, n, ...rest]);
      return n * 2;
    });
    const item = jobs.push(21);
    expect([item.state, item.attempts]).toEqual(["running", 0]);
    expect(await item).toBe(42);
    expect([item.state, item.attempts]).toEqual(["succeeded", 1]);
    expect(calls).toEqual([[one, 21, { signal: expect.any(AbortSignal), attempt: 1 }]]);
    expect(await item.finally(() => {})).toBe(42);
  });

  it("calls nothing before push has returned", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, () => log.push("called"));
    jobs.push(1);
    log.push("returned");
    await Promise.resolve();
    expect(log).toEqual(["returned", "called"]);
  });

  it("of a higher priority first, and first come first served within one", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, (item: string) => log.push(item));
    jobs.pause();
    jobs.push("a");
    jobs.push("low", { priority: -1 });
    jobs.push("high 1", { priority: 10 });
    jobs.push("b");
    jobs.push("high 2", { priority: 10 });
    jobs.resume();
    await app.clock.settle();
    expect(log).toEqual(["high 1", "high 2", "a", "b", "low"]);
  });

  it("shows its figures", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      async (n: number) => {
        await one.sleep("1s");
        if (n === 2) throw new Error("two");
      },
      { concurrency: 2, capacity: 10, label: "work" },
    );
    for (const n of [1, 2, 3, 4, 5]) jobs.push(n);
    await app.clock.advance("1s");
    expect(app.inspect().services[0]?.activities[0]).toEqual({
      kind: "queue",
      label: "work",
      size: 1,
      running: 2,
      done: 1,
      failed: 1,
      dropped: 0,
      cancelled: 0,
      left: 0,
      retried: 0,
      lastAt: expect.stringMatching(/Z$/),
      concurrency: 2,
      capacity: 10,
      lastError: "two",
    });
    expect(app.inspect().services[0]?.inFlight.map(({ what }) => what)).toEqual(['queue "work"', 'queue "work"']);
    expect(app.errors).toHaveLength(1);
  });
});

describe("T7 A failing item takes nothing else down", () => {
  it("goes to onError where nobody holds it, and the queue goes on", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: number[] = [];
    const jobs = queue(one, function work(n: number) {
      if (n === 2) throw new Error("two");
      if (n === 3) return Promise.reject(new Error("three"));
      return void log.push(n);
    });
    for (const n of [1, 2, 3, 4]) jobs.push(n);
    await app.clock.settle();
    expect(log).toEqual([1, 4]);
    expect(app.errors.map(({ error, origin }) => [(error as Error).message, origin])).toEqual([
      ["two", { path: "one", label: 'queue "work"' }],
      ["three", { path: "one", label: 'queue "work"' }],
    ]);
    expect(app.state).toBe("running");
  });

  it("is its holder's alone where there is one by the next turn", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => Promise.reject(new Error("no")));
    await expect(jobs.push(1)).rejects.toThrow("no");
    const item = jobs.push(2);
    const caught = item.catch((error: unknown) => (error as Error).message);
    expect(await caught).toBe("no");
    expect(item.state).toBe("failed");
    expect(app.errors).toEqual([]);
  });

  it("is a crash where onError says so", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait();
    const jobs = queue(one, () => Promise.reject(new Error("no")), { onError: "crash" });
    jobs.push(1);
    await expect(ended).rejects.toMatchObject({ code: "PAWL_CRASHED", path: "one", message: "one crashed: no" });
  });

  it("goes to a function where onError is one", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: unknown[] = [];
    const failure = new Error("no");
    queue(one, () => Promise.reject(failure), { onError: (error) => told.push(error) }).push(1);
    await app.clock.settle();
    expect(told).toEqual([failure]);
    expect(app.errors).toEqual([]);
  });

  it("tells an AbortError that nobody has asked for", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    queue(one, () => Promise.reject(new DOMException("gone", "AbortError"))).push(1);
    await app.clock.settle();
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["gone"]);
  });
});

describe("T7 Items are cancelled", () => {
  it("while they wait: they are never called", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, async (item: string) => {
      log.push(item);
      await one.sleep("1s");
    });
    jobs.push("a");
    const b = jobs.push("b");
    const c = jobs.push("c");
    b.cancel();
    c[Symbol.dispose]();
    c.cancel();
    await expect(b).rejects.toMatchObject({ code: "PAWL_ABORTED", name: "AbortError", path: "one" });
    expect([b.state, c.state, jobs.size]).toEqual(["cancelled", "cancelled", 0]);
    await app.clock.advance("5s");
    expect(log).toEqual(["a"]);
  });

  it("between their push and their call", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const jobs = queue(one, () => calls++);
    jobs.push(1).cancel();
    expect(jobs.isIdle).toBe(true);
    await app.clock.settle();
    expect(calls).toBe(0);
  });

  it("while they run: their signal is aborted, and what they give in the end counts", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const signals: AbortSignal[] = [];
    const jobs = queue(
      one,
      async (how: "heeds" | "fails" | "ends", { signal }) => {
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        if (how === "heeds") throw signal.reason;
        if (how === "fails") throw new Error("on the way out");
        return how;
      },
      { concurrency: 3, attempts: 5 },
    );
    const items = (["heeds", "fails", "ends"] as const).map((how) => jobs.push(how));
    await app.clock.settle();
    for (const item of items) item.cancel();
    await expect(items[2]).resolves.toBe("ends");
    await app.clock.advance("1m");
    expect(items.map(({ state }) => state)).toEqual(["cancelled", "failed", "succeeded"]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["on the way out"]);
  });

  it("with the signal of their push", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const jobs = queue(one, () => one.sleep("1s"));
    jobs.push(1);
    const waiting = jobs.push(2, { signal: controller.signal });
    const late = jobs.push(3, { signal: AbortSignal.abort() });
    await app.clock.settle();
    expect(late.state).toBe("cancelled");
    controller.abort();
    expect(waiting.state).toBe("cancelled");
  });

  it("by clear: all that wait, and what runs goes on", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, async (n: number) => {
      await one.sleep("1s");
      return n;
    });
    const items = [1, 2, 3].map((n) => jobs.push(n));
    expect(jobs.clear()).toBe(2);
    expect(jobs.clear()).toBe(0);
    await app.clock.advance("1s");
    expect(await items[0]).toBe(1);
    expect(items.map(({ state }) => state)).toEqual(["succeeded", "cancelled", "cancelled"]);
  });

  it("by cancelling the queue: it takes no more and is gone", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, async (_n: number, { signal }) => {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const items = [1, 2, 3].map((n) => jobs.push(n));
    await app.clock.settle();
    jobs.cancel();
    jobs[Symbol.dispose]();
    await expect(jobs.push(4)).rejects.toThrow(/^one: queue "anonymous" is closed and takes no more$/);
    await app.clock.settle();
    expect(items.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  it("with the signal of the queue", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const jobs = queue(one, () => {}, { signal: controller.signal });
    controller.abort();
    await expect(jobs.push(1)).rejects.toThrow(NotRunningError);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

describe("T7 A queue says when it has nothing to do", () => {
  it("onIdle resolves at once, or when the last item has ended", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => one.sleep("1s"));
    await jobs.onIdle();
    jobs.push(1);
    jobs.push(2);
    const idle = jobs.onIdle().then(now);
    await app.clock.advance("5s");
    expect(await idle).toBe(2_000);
  });

  it("pauses and goes on", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const jobs = queue(one, async () => {
      at.push(now());
      await one.sleep("1s");
    });
    jobs.push(1);
    jobs.push(2);
    jobs.pause();
    expect(jobs.isPaused).toBe(true);
    await app.clock.advance("10s");
    expect(at).toEqual([0]);
    jobs.resume();
    await app.clock.settle();
    expect(at).toEqual([0, 10_000]);
  });

  it("close works off what it holds, also where it was paused, and leaves the tree", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => one.sleep("1s"));
    jobs.pause();
    const items = [1, 2].map((n) => jobs.push(n));
    const closed = jobs.close().then(now);
    expect(jobs.close()).toBe(jobs.close());
    await expect(jobs.push(3)).rejects.toThrow(NotRunningError);
    await app.clock.advance("5s");
    expect(await closed).toBe(2_000);
    expect(items.map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
  });
});

describe("T7 Items of one key", () => {
  it("are not queued twice: push gives the handle of the one that waits or runs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      async ({ id }: { id: string }) => {
        log.push(id);
        await one.sleep("1s");
      },
      { unique: ({ id }) => id },
    );
    const [a1, b1, a2, b2] = ["a", "b", "a", "b"].map((id) => jobs.push({ id }));
    expect(a2).toBe(a1);
    expect(b2).toBe(b1);
    await app.clock.advance("2s");
    const again = jobs.push({ id: "a" });
    expect(again).not.toBe(a1);
    await app.clock.advance("1s");
    expect(log).toEqual(["a", "b", "a"]);
  });

  it("are taken again after one that has failed, was cancelled or was dropped", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => Promise.reject(new Error("no")), { unique: (item: string) => item });
    await expect(jobs.push("a")).rejects.toThrow("no");
    jobs.pause();
    const a = jobs.push("a");
    a.cancel();
    const next = jobs.push("a");
    expect(next).not.toBe(a);
    jobs.clear();
  });
});

describe("T7 Misuse is told at once", () => {
  it.each<[object, string]>([
    [{ concurrency: 0 }, "queue(…, { concurrency }): it must be a whole number, 1 or more, not 0"],
    [{ concurrency: "2" }, "queue(…, { concurrency }): it must be a number, not 2"],
    [{ capacity: -1 }, "queue(…, { capacity }): it must be a whole number, 1 or more, not -1"],
    [{ attempts: 1.5 }, "queue(…, { attempts }): it must be a whole number, 1 or more, not 1.5"],
    [
      { overflow: "block" },
      'queue(…, { overflow }): it must be "error", "drop-oldest", "drop-newest" or "wait", not "block"',
    ],
    [{ unique: "id" }, "queue(…, { unique }): it must be a function that gives the key of an item, not id"],
    [{ timeout: "soon" }, 'queue(…, { timeout }): "soon" is no duration'],
    [{ backoff: { factor: 0 } }, "queue(…, { backoff }): factor must be 1 or more, not 0"],
    [{ onError: "ignore" }, 'queue(…, { onError }): it must be "report", "crash" or a function, not "ignore"'],
  ])("%j", async (options, message) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    expect(() => queue(one, () => {}, options)).toThrow(message);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("what is no service, no function, no priority, nothing to iterate", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    expect(() => queue({} as never, () => {})).toThrow("queue(): the first argument must be the service that owns it");
    expect(() => queue(one, 1 as never)).toThrow("queue(): the second argument must be a function, not number");
    const jobs = queue(one, () => {});
    expect(() => jobs.push(1, { priority: Number.NaN })).toThrow("push(…, { priority }): it must be a number, not NaN");
    expect(() => jobs.push(1, { signal: {} as never })).toThrow("{ signal }");
    expect(() => jobs.map(1 as never)).toThrow("map(): its items must be iterable, not 1");
  });

  it("a service that takes no work", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => {});
    await one.stop();
    expect(() => queue(one, () => {})).toThrow(/^one: queue\(\) was called while it is stopped/);
    await expect(jobs.push(1)).rejects.toThrow(/^one: push\(\) was called while it is stopped/);
  });
});
