import { testApp } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Shop } from "../shop.ts";

const nothing = { count: 0, sum: 0, avg: null, min: null, max: null };

describe("the window of 60 seconds", () => {
  test("has what came in the second under way and the 59 before it", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("10s");
    shop.orders.add(3);
    await app.clock.advance("59999ms");
    expect(shop.orders.window("60s")).toEqual({ count: 1, sum: 3, avg: 3, min: 3, max: 3 });
    await app.clock.advance("1ms");
    expect(shop.orders.window("60s")).toEqual(nothing);
    expect(shop.orders.window("1h").sum).toBe(3);
  });

  test("counts what came at the end of a second with that second", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("999ms");
    shop.orders.add();
    await app.clock.advance("59s");
    expect(shop.orders.window("60s").count).toBe(1);
    await app.clock.advance("1ms");
    expect(shop.orders.window("60s").count).toBe(0);
  });

  test("forgets a bucket whose place in the ring is taken by a later second", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    shop.orders.add(5);
    await app.clock.advance("120s");
    shop.orders.add(1);
    await app.clock.advance("1s");
    expect(shop.orders.window("60s")).toEqual({ count: 1, sum: 1, avg: 1, min: 1, max: 1 });
  });
});

describe("the window of an hour", () => {
  test("has what came in the minute under way and the 59 before it", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("59s");
    shop.latency.record(0.5);
    await app.clock.advance("59m");
    expect(shop.latency.window("1h").count).toBe(1);
    await app.clock.advance("1s");
    expect(shop.latency.window("1h")).toEqual(nothing);
  });
});

test("windows of negative values have the right edges", async () => {
  const shop = new Shop();
  await using _ = await testApp({ providers: { shop } });
  for (const n of [-5, -1, -3]) shop.stock.set(n);
  expect(shop.stock.window("60s")).toEqual({ count: 3, sum: -9, avg: -3, min: -5, max: -1 });
});

test("there are two windows, and another one is refused", () => {
  expect(() => new Shop().orders.window("5m" as "1h")).toThrow(/there are 60s and 1h/);
});

test("labels have windows of their own; without them one has all together", async () => {
  const shop = new Shop();
  await using _ = await testApp({ providers: { shop } });
  shop.orders.add(1, { method: "card" });
  shop.orders.add(4, { method: "cash" });
  expect(shop.orders.window("60s", { method: "card" }).sum).toBe(1);
  expect(shop.orders.window("60s", { method: "cheque" })).toEqual(nothing);
  expect(shop.orders.window("60s")).toEqual({ count: 2, sum: 5, avg: 2.5, min: 1, max: 4 });
  expect([...shop.orders.all()]).toHaveLength(2);
});

test("windows are those of a naive list, whatever is recorded and however time passes", async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: -1000, max: 1000 }) }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 3_000 }) }) },
    { weight: 1, arbitrary: fc.record({ wait: fc.integer({ min: 3_000, max: 400_000 }) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...[1000, 59_000, 60_000, 61_000, 3_540_000, 3_600_000].map((wait) => ({ wait }))),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const shop = new Shop();
      await using app = await testApp({ providers: { shop } }, { leaks: false });
      const recorded: { at: number; value: number }[] = [];
      for (const next of steps) {
        if ("add" in next) {
          shop.stock.set(next.add);
          recorded.push({ at: app.clock.now(), value: next.add });
        } else await app.clock.advance(next.wait / 1000);
        expect(shop.stock.window("60s")).toEqual(naive(recorded, app.clock.now(), 1000));
        expect(shop.stock.window("1h")).toEqual(naive(recorded, app.clock.now(), 60_000));
      }
    }),
    { numRuns: 150 },
  );
});

/** The window as it is defined: what is in the bucket under way and the 59 before it. */
function naive(recorded: readonly { at: number; value: number }[], now: number, bucket: number) {
  const values = recorded
    .filter(({ at }) => Math.floor(at / bucket) > Math.floor(now / bucket) - 60)
    .map(({ value }) => value);
  if (values.length === 0) return nothing;
  const sum = values.reduce((a, b) => a + b, 0);
  return { count: values.length, sum, avg: sum / values.length, min: Math.min(...values), max: Math.max(...values) };
}
