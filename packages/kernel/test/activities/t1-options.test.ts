import { getEventListeners } from "node:events";
import { testApp } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  const now = () => app.clock.now();
  return { app, one, now };
}

describe("T1 { jitter } puts each beat off by a random time below it", () => {
  it("moves the calls, never the grid", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const random = vi.spyOn(Math, "random");
    for (const value of [0.5, 0, 0.999, 0.25]) random.mockReturnValueOnce(value);
    const at: number[] = [];
    const interval = one.interval(() => at.push(now()), "10s", { jitter: "4s" });
    await app.clock.advance("41s");
    expect(at).toEqual([12_000, 20_000, 33_996, 41_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 0 });
  });

  it("may be as long as the interval itself: beats never change places", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const random = vi.spyOn(Math, "random");
    for (const value of [0.999, 0, 0.999, 0.999]) random.mockReturnValueOnce(value);
    const at: number[] = [];
    const interval = one.interval(() => at.push(now()), "10s", { jitter: "10s" });
    await app.clock.advance("49999ms");
    expect(at).toEqual([19_990, 20_000, 39_990, 49_990]);
    expect(interval.skipped).toBe(0);
  });

  it("keeps every beat in its own place on the grid, whatever chance says and however long calls take", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 25_000 }),
        async (chances, jitter, lasts) => {
          const { app, one, now } = await appWithOne();
          await using _ = app;
          const random = vi.spyOn(Math, "random");
          for (const chance of chances) random.mockReturnValueOnce(chance);
          const beats: number[] = [];
          const interval = one.interval(
            async () => {
              beats.push(now());
              await one.sleep(`${lasts}ms`);
            },
            "10s",
            { jitter: `${jitter}ms` },
          );
          await app.clock.advance("299s");
          random.mockRestore();
          const numbers = beats.map((at) => Math.floor(at / 10_000));
          expect(new Set(numbers).size).toBe(numbers.length);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          for (const at of beats) expect(at % 10_000).toBeLessThanOrEqual(jitter);
          expect(interval.runs + interval.skipped).toBeGreaterThanOrEqual(28);
          expect(interval.runs + interval.skipped).toBeLessThanOrEqual(29);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("spreads spaced beats too", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const at: number[] = [];
    one.interval(() => at.push(now()), "10s", { jitter: "2s", pace: "spaced" });
    await app.clock.advance("22s");
    expect(at).toEqual([11_000, 22_000]);
  });

  it("is none where it is zero", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(() => at.push(now()), "10s", { jitter: 0 });
    await app.clock.advance("20s");
    expect(at).toEqual([10_000, 20_000]);
  });

  it.each(["11s", "-1s", Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %s for an interval of 10 s",
    async (jitter) => {
      const { app, one } = await appWithOne();
      await using _ = app;
      expect(() => one.interval(() => {}, "10s", { jitter: jitter as "11s" })).toThrow(RangeError);
      expect(app.clock.pending).toEqual([]);
    },
  );
});

describe("T1 An interval ends when it is cancelled", () => {
  it("by cancel(), twice as well, and leaves no timer", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => {}, "10s");
    await app.clock.advance("10s");
    interval.cancel();
    interval.cancel();
    await app.clock.advance("60s");
    expect(interval.runs).toBe(1);
    expect(app.clock.pending).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("from inside its callback, synchronous or not", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const sync = one.interval(() => {
      sync.cancel();
      sync.cancel();
    }, "10s");
    const async = one.interval(async () => {
      await one.sleep("1s");
      async.cancel();
    }, "10s");
    await app.clock.advance("60s");
    expect([sync.runs, async.runs]).toEqual([1, 1]);
    expect(app.clock.pending).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("at the end of a `using` block", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    {
      using interval = one.interval(() => calls++, "10s");
      await app.clock.advance("20s");
      expect(interval.runs).toBe(2);
    }
    await app.clock.advance("20s");
    expect(calls).toBe(2);
  });

  it("by the signal of its options", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const interval = one.interval(() => {}, "10s", { signal: controller.signal });
    await app.clock.advance("10s");
    controller.abort();
    await app.clock.advance("60s");
    expect(interval.runs).toBe(1);
    expect(app.clock.pending).toEqual([]);
  });

  it("by a signal that is aborted already", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => {}, "10s", { signal: AbortSignal.abort() });
    await app.clock.advance("60s");
    expect(interval.runs).toBe(0);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("with an abort of the call in flight, which goes on in the tree until it has settled", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let reason: unknown;
    const interval = one.interval(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      reason = signal.reason;
      await one.sleep("1s");
    }, "10s");
    await app.clock.advance("10s");
    interval.cancel();
    expect(reason).toBeUndefined();
    await app.clock.settle();
    expect(reason).toMatchObject({
      name: "AbortError",
      code: "PAWL_ABORTED",
      path: "one",
      message: 'one: interval "anonymous" was cancelled',
    });
    expect(app.inspect().services[0]?.inFlight).toHaveLength(1);
    await app.clock.advance("1s");
    expect(app.inspect().services[0]?.inFlight).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("when the service stops: the call in flight is aborted and awaited, and none comes after it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    const interval = one.interval(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      order.push((signal.reason as Error).name);
      await Promise.resolve();
      order.push("tick ended");
    }, "10s");
    one.addCleanup(() => order.push("cleanup"));
    await app.clock.advance("10s");
    await one.stop();
    await app.clock.advance("60s");
    expect(order).toEqual(["AbortError", "tick ended", "cleanup"]);
    expect(interval.runs).toBe(1);
    expect(app.clock.pending).toEqual([]);
    interval.cancel();
  });

  it("hands every call the same signal, made when it is first read and aborted where it was cancelled before", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const signals = new Set<AbortSignal>();
    const interval = one.interval((context) => {
      if (interval.runs === 3) interval.cancel();
      signals.add(context.signal);
    }, "10s");
    await app.clock.advance("60s");
    expect(signals.size).toBe(1);
    expect([...signals][0]?.aborted).toBe(true);
  });
});

describe("The signal of the options", () => {
  it("is listened to no longer when what it was given to has ended, however that came", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { signal } = new AbortController();
    const waiting = () => getEventListeners(signal, "abort").length;
    const handles = [
      one.interval(() => {}, "1s", { signal }),
      one.timeout(() => {}, "1h", { signal }),
      one.listen("paid", () => {}, { signal }),
    ];
    one.timeout(() => {}, "1s", { signal });
    one.listen("paid", () => {}, { signal, once: true });
    const come = one.waitFor("paid", { signal });
    const late = one.waitFor("never", { signal, timeout: "1s" }).catch(() => {});
    expect(waiting()).toBe(7);
    app.bus.emit("paid");
    await come;
    await app.clock.advance("1s");
    await late;
    expect(waiting()).toBe(3);
    for (const handle of handles) handle.cancel();
    expect(waiting()).toBe(0);
    one.interval(() => {}, "1s", { signal });
    one.timeout(() => {}, "1h", { signal });
    one.listen("paid", () => {}, { signal });
    void one.waitFor("never", { signal });
    await one.stop();
    expect(waiting()).toBe(0);
  });
});

describe("Activities are named after their functions", () => {
  it("as methods, private methods, bound and anonymous functions, or as { label } says", async () => {
    await using app = await testApp({ providers: { one: given() } });
    const one = app.service("one");
    class Named {
      readonly labels: readonly string[];
      constructor() {
        this.labels = [
          one.interval(this.collect, 60).label,
          one.interval(this.#private, 60).label,
          one.interval(this.collect.bind(this), 60).label,
          one.interval(() => {}, 60).label,
          one.interval(() => {}, 60, { label: "poll" }).label,
          one.interval(
            Object.defineProperty(() => {}, "name", { value: 7 }),
            60,
          ).label,
          one.timeout(this.collect, 60).label,
          one.spawn(this.collect).label,
        ];
      }
      collect() {}
      #private() {}
    }
    expect(new Named().labels).toEqual([
      "collect",
      "private",
      "collect",
      "anonymous",
      "poll",
      "anonymous",
      "collect",
      "collect",
    ]);
  });
});

describe("inspect() shows an interval with its figures", () => {
  it("as plain JSON: runs, skipped beats, errors, last and next time", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    one.interval(
      async () => {
        if (++calls === 1) throw new Error("boom");
        await one.sleep("15s");
      },
      "10s",
      { label: "collect" },
    );
    const figures = () => app.inspect().services[0]?.activities[0];
    expect(figures()).toStrictEqual({
      kind: "interval",
      label: "collect",
      everyMs: 10_000,
      runs: 0,
      skipped: 0,
      errors: 0,
      attempts: 0,
      running: false,
      nextAt: "2025-01-01T00:00:10.000Z",
    });
    await app.clock.advance("30s");
    expect(figures()).toStrictEqual({
      kind: "interval",
      label: "collect",
      everyMs: 10_000,
      runs: 2,
      skipped: 1,
      errors: 1,
      attempts: 0,
      running: true,
      lastAt: "2025-01-01T00:00:20.000Z",
      nextAt: "2025-01-01T00:00:40.000Z",
      lastError: "boom",
    });
    expect(app.errors).toHaveLength(1);
  });

  it("without a next time while a spaced call is running: it is not known yet", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.interval(() => one.sleep("15s"), "10s", { pace: "spaced" });
    await app.clock.advance("12s");
    const running = app.inspect().services[0]?.activities.find(({ kind }) => kind === "interval");
    expect(running).toMatchObject({ running: true, lastAt: "2025-01-01T00:00:10.000Z" });
    expect(running).not.toHaveProperty("nextAt");
    await app.clock.advance("13s");
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ nextAt: "2025-01-01T00:00:35.000Z" });
  });
});

describe("Intervals: misuse", () => {
  it.each([
    ["what the method returns", () => undefined as never, "must be a function, not undefined; pass the method itself"],
    ["null", () => null as never, "must be a function, not null"],
    ["a string", () => "collect" as never, "must be a function, not string"],
  ])("refuses %s in place of a function", async (_, wrong, message) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    for (const call of [
      () => one.interval(wrong(), "10s"),
      () => one.timeout(wrong(), "10s"),
      () => one.spawn(wrong()),
      () => one.addCleanup(wrong()),
    ]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
      expect(call).toThrow(message);
    }
    expect(app.inspect().services[0]).toMatchObject({ activities: [], resources: [] });
  });

  it.each([
    ["zero", 0, RangeError],
    ["zero with a unit", "0s", RangeError],
    ["a negative one", -1, RangeError],
    ["a negative one with a unit", "-1s", RangeError],
    ["NaN", Number.NaN, RangeError],
    ["an infinite one", Number.POSITIVE_INFINITY, RangeError],
    ["an unknown unit", "5 minutes", TypeError],
    ["no unit", "60", TypeError],
    ["nothing", undefined, TypeError],
    ["null", null, TypeError],
  ])("refuses %s as a length at once, and creates nothing", async (_, every, type) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const call = () => one.interval(() => {}, every as never);
    expect(call).toThrow(type);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_DURATION" }));
    expect(call).toThrow("interval(fn, every): ");
    expect(app.inspect().services[0]?.activities).toEqual([]);
    expect(app.clock.pending).toEqual([]);
  });

  it.each([
    ["pace", { pace: "slow" }, 'it must be "fixed" or "spaced", not "slow"'],
    ["onError", { onError: "ignore" }, 'it must be "report", "crash" or a function, not "ignore"'],
    ["signal", { signal: new AbortController() }, "of an AbortController pass controller.signal"],
    ["options that are none", 5, "its options must be an object, not 5"],
  ])("refuses a wrong %s", async (_, options, message) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const call = () => one.interval(() => {}, "10s", options as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(call).toThrow(message);
    expect(app.clock.pending).toEqual([]);
  });
});
