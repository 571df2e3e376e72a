import { Kernel, NotRunningError, Service } from "@pawl/kernel";
import { testApp, virtualClock } from "@pawl/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Counter, counter, exportValue, gauge, histogram, type ReadOnlyGauge } from "../../src/index.ts";
import { Shop } from "../shop.ts";

/** What `inspect()` shows of the metrics of the first service. */
function shownOf(kernel: Kernel): Record<string, unknown>[] {
  return kernel.inspect().services[0]?.figures?.["metrics"] as Record<string, unknown>[];
}

describe("a counter", () => {
  test("adds up what it is given, with and without labels", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    shop.orders.add();
    shop.orders.add(2.5);
    shop.orders.add(1, { method: "card", paid: true });
    shop.orders.add(1, { paid: true, method: "card" });
    expect(shop.orders.value).toBe(5.5);
    expect(shownOf(app).slice(0, 2)).toMatchObject([
      { name: "orders", kind: "counter", value: 3.5 },
      { name: "orders", kind: "counter", value: 2, labels: { method: "card", paid: "true" } },
    ]);
    expectTypeOf(shop.orders).toEqualTypeOf<Counter>();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "1"])("refuses %s, and says of which metric", (n) => {
    const shop = new Shop();
    expect(() => shop.orders.add(n as number)).toThrow(
      expect.objectContaining({
        code: "PAWL_METRIC_BAD_VALUE",
        message: expect.stringMatching(/^Shop: counter "orders": add\(\)/),
      }),
    );
    expect(shop.orders.value).toBe(0);
  });

  test("keeps labels apart that look alike when they are written one after the other", () => {
    const shop = new Shop();
    shop.orders.add(1, { a: "1;b=1:2", b: "3" });
    shop.orders.add(1, { a: "1", b: "1:2;b=1:3" });
    shop.orders.add(1, { a: "1" });
    expect([...shop.orders.all()]).toHaveLength(3);
  });
});

describe("a gauge", () => {
  test("is what was set, and goes up and down from there", () => {
    const shop = new Shop();
    shop.stock.set(5);
    shop.stock.add(-2);
    shop.stock.add(1, { aisle: 3 });
    expect(shop.stock.value).toBe(3);
    expect(shop.stock.window("60s")).toEqual({ count: 3, sum: 9, avg: 3, min: 1, max: 5 });
  });

  test("that is read asks its function whenever somebody looks, and cannot be set", async () => {
    class Cache extends Service {
      readonly entries = new Map<string, number>();
      readonly size = gauge(this, "entries", () => this.entries.size);
    }
    const cache = new Cache();
    await using app = await testApp({ providers: { cache } });
    cache.entries.set("a", 1);
    expect(cache.size.value).toBe(1);
    expect(shownOf(app)).toEqual([{ name: "entries", kind: "gauge", value: 1 }]);
    expectTypeOf(cache.size).toEqualTypeOf<ReadOnlyGauge>();
    expect(() => (cache.size as unknown as Shop["stock"]).set(1)).toThrow(/is read when asked; it cannot be set/);
    expect(() => (cache.size as unknown as Shop["stock"]).add(1)).toThrow(/is read when asked; it cannot be set/);
  });

  test("whose function fails is shown with its error, and breaks no snapshot", async () => {
    class Cache extends Service {
      readonly size = gauge(this, "entries", () => {
        throw new Error("the cache is closed");
      });
    }
    const cache = new Cache();
    await using app = await testApp({ providers: { cache } });
    expect(() => cache.size.value).toThrow("the cache is closed");
    expect(shownOf(app)).toEqual([{ name: "entries", kind: "gauge", value: null, error: "the cache is closed" }]);
  });

  test("refuses what is no number", () => {
    const shop = new Shop();
    expect(() => shop.stock.set(Number.NaN)).toThrow(expect.objectContaining({ code: "PAWL_METRIC_BAD_VALUE" }));
    expect(() => shop.stock.add(Number.NaN)).toThrow(expect.objectContaining({ code: "PAWL_METRIC_BAD_VALUE" }));
    expect(shop.stock.value).toBe(0);
  });
});

describe("a histogram", () => {
  test("counts and sums up what was recorded", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    for (const x of [0.1, 0.5, 5]) shop.latency.record(x);
    expect(shop.latency.value).toBe(3);
    expect(shownOf(app).at(-1)).toMatchObject({ name: "latency", unit: "seconds", value: 3, sum: 5.6 });
  });

  test("times a function until its promise has settled, and gives what it gives", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    const timed = shop.latency.time(async () => {
      await shop.sleep("2s");
      return "done";
    });
    expect(shop.latency.value).toBe(0);
    await app.clock.advance("2s");
    expect(await timed).toBe("done");
    expect(shop.latency.window("60s")).toMatchObject({ count: 1, sum: 2 });
    expect(shop.latency.time(() => 7)).toBe(7);
    expect(shop.latency.value).toBe(2);
  });

  test("times what fails as well, and lets the error through", async () => {
    const shop = new Shop();
    await using _ = await testApp({ providers: { shop } });
    expect(() =>
      shop.latency.time(() => {
        throw new Error("at once");
      }),
    ).toThrow("at once");
    await expect(shop.latency.time(() => Promise.reject(new Error("later")))).rejects.toThrow("later");
    expect(shop.latency.value).toBe(2);
  });

  test("records a timer once, however often it is ended", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    const end = shop.latency.timer({ step: "pack" });
    await app.clock.advance("1500ms");
    expect(end()).toBe(1.5);
    await app.clock.advance("1s");
    expect(end()).toBe(1.5);
    expect(shop.latency.window("60s", { step: "pack" })).toMatchObject({ count: 1, sum: 1.5 });
  });

  test("that is not in seconds times nothing", () => {
    const bodies = histogram(new Shop(), "body_size", { unit: "bytes", buckets: [1024] });
    expect(() => bodies.time(() => 1)).toThrow(/is in bytes; only one in seconds can time/);
    expect(bodies.value).toBe(0);
  });

  test.each([[[]], [[1, 1]], [[2, 1]], [[Number.NaN]], [[1, Number.POSITIVE_INFINITY]], ["1"]])(
    "refuses the buckets %j",
    (buckets) => {
      expect(() => histogram(new Shop(), "wait", { buckets: buckets as number[] })).toThrow(
        expect.objectContaining({ code: "PAWL_BAD_OPTION", name: "RangeError" }),
      );
    },
  );
});

describe("declaring", () => {
  test("the same name again gives the same metric", () => {
    const shop = new Shop();
    expect(counter(shop, "orders")).toBe(shop.orders);
    expect(counter(new Shop(), "orders")).not.toBe(shop.orders);
  });

  test("another kind of the same name is refused, and says what stands there", () => {
    expect(() => gauge(new Shop(), "orders")).toThrow(
      expect.objectContaining({ code: "PAWL_METRIC_TAKEN", message: expect.stringContaining("a counter") }),
    );
  });

  test("what Prometheus cannot tell apart is refused", () => {
    const shop = new Shop();
    expect(() => counter(shop, "orders_total")).toThrow(
      /"orders" \(orders_total\), which Prometheus does not tell apart/,
    );
    // OpenMetrics knows the counter as "stock_ratio" too.
    expect(() => counter(shop, "stock_ratio")).toThrow(expect.objectContaining({ code: "PAWL_METRIC_TAKEN" }));
  });

  test("takes no other owner than a service", () => {
    expect(() => counter({} as Service, "orders")).toThrow(
      /must be the service that owns it, as in counter\(this, …\)/,
    );
    expect(() => exportValue({} as Service, "a", () => 1)).toThrow(/must be the service that owns it/);
  });

  test.each([
    [{ maxSeries: 0 }, "RangeError"],
    [{ maxSeries: 1.5 }, "RangeError"],
    [{ description: 1 }, "TypeError"],
    [null, "TypeError"],
  ])("refuses the options %j", (options, name) => {
    expect(() => counter(new Shop(), "visits", options as object)).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION", name }),
    );
  });
});

describe("metrics live as long as their service", () => {
  test("they count before it has a kernel, and what came then belongs to the window of its first second", async () => {
    const shop = new Shop();
    shop.orders.add(2);
    expect(shop.orders.window("60s")).toMatchObject({ count: 1, sum: 2 });
    await using app = await testApp({ providers: { shop } });
    expect(shop.orders.window("60s")).toMatchObject({ count: 1, sum: 2 });
    await app.clock.advance("61s");
    expect(shop.orders.window("60s").count).toBe(0);
    expect(shop.orders.value).toBe(2);
  });

  test("a restart does not reset them, and declares them again without harm", async () => {
    class Restarting extends Service {
      orders?: Counter;
      override onStart() {
        this.orders = counter(this, "orders");
        this.orders.add();
      }
    }
    const restarting = new Restarting();
    await using app = await testApp({ providers: { restarting } });
    await (app as Kernel).restart("restarting" as never);
    await app.restart();
    expect(restarting.orders?.value).toBe(3);
    expect(restarting.orders?.window("60s").count).toBe(3);
  });

  test("they can be used while the service is down", async () => {
    const shop = new Shop();
    const app = await testApp({ providers: { shop } });
    await app.stop();
    expect(() => shop.timeout(() => {}, 1)).toThrow(NotRunningError);
    shop.orders.add();
    expect(shop.orders.window("60s").count).toBe(1);
    await app[Symbol.asyncDispose]();
  });

  test("under a kernel whose clock stands earlier, windows begin anew and totals go on", async () => {
    const shop = new Shop();
    const first = new Kernel({ providers: { shop }, clock: virtualClock() });
    await first.start();
    await first.stop();
    const late = virtualClock();
    const second = new Kernel({ providers: { shop }, clock: late });
    await late.advance("1h");
    await second.start();
    shop.orders.add(1);
    await late.advance("5s");
    shop.orders.add(1);
    await second.stop();
    const third = new Kernel({ providers: { shop }, clock: virtualClock() });
    await third.start();
    shop.orders.add(1);
    expect(shop.orders.window("1h").count).toBe(1);
    expect(shop.orders.value).toBe(3);
    await third.stop();
  });
});

describe("exported values", () => {
  test("are read for each snapshot: texts, numbers, and why one cannot be read", async () => {
    class Versioned extends Service {
      version = "1.0";
      override onStart() {
        exportValue(this, "version", () => this.version);
        exportValue(this, "answer", () => 41);
        exportValue(this, "answer", () => 42);
        exportValue(this, "endless", () => Number.POSITIVE_INFINITY);
        exportValue(this, "broken", () => {
          throw new Error("no");
        });
      }
    }
    const versioned = new Versioned();
    await using app = await testApp({ providers: { versioned } });
    versioned.version = "1.1";
    expect(app.inspect().services[0]?.figures?.["exported"]).toEqual({
      version: "1.1",
      answer: 42,
      endless: "Infinity",
      broken: "could not be read: no",
    });
  });

  test.each([
    ["", () => 1],
    ["a", 1],
  ])("refuses %j with %s", (name, read) => {
    expect(() => exportValue(new Shop(), name as string, read as () => number)).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION" }),
    );
  });
});
