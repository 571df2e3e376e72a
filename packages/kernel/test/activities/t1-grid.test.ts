import { Kernel } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { HandClock } from "./hand-clock.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  /** The virtual time of now, in milliseconds. */
  const now = () => app.clock.now();
  return { app, one, now };
}

/** A running service on a clock that the test moves by hand. */
async function onHandClock() {
  const clock = new HandClock();
  const one = given();
  const kernel = new Kernel({ providers: { one }, clock });
  await kernel.start();
  return { clock, one, kernel };
}

describe("T1 interval(fn, N) calls at N, 2N, 3N … from the start", () => {
  it("does not call at 0, then on every beat", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(() => at.push(now()), "10s");
    await app.clock.settle();
    expect(at).toEqual([]);
    await app.clock.advance("9999ms");
    expect(at).toEqual([]);
    await app.clock.advance("1ms");
    expect(at).toEqual([10_000]);
    await app.clock.advance("30s");
    expect(at).toEqual([10_000, 20_000, 30_000, 40_000]);
  });

  it("counts from the call of interval(), not from the start of the service", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    await app.clock.advance("3s");
    one.interval(() => at.push(now()), "10s");
    await app.clock.advance("20s");
    expect(at).toEqual([13_000, 23_000]);
  });

  it("takes a number for seconds, and lengths below a millisecond's multiple as they are", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(() => at.push(now()), 0.25);
    await app.clock.advance("1s");
    expect(at).toEqual([250, 500, 750, 1_000]);
    const odd = one.interval(() => {}, "0.7ms");
    await app.clock.advance("70ms");
    expect(odd.runs + odd.skipped).toBe(100);
    expect(odd.skipped).toBe(0);
  });

  it("calls on the service, with { signal, attempt } as the only argument", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const calls: unknown[][] = [];
    one.interval(function (...args: unknown[]) {
      calls.push([this, ...args]);
    }, "1s");
    await app.clock.advance("1s");
    expect(calls).toEqual([[one, { signal: expect.any(AbortSignal), attempt: 1 }]]);
  });

  it("keeps to the grid over many beats, however long each call takes below a beat", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    let n = 0;
    const interval = one.interval(async () => {
      at.push(now());
      await one.sleep(`${(n++ * 37) % 99}ms`);
    }, "100ms");
    await app.clock.advance("100s");
    expect(at).toEqual(Array.from({ length: 1_000 }, (_, i) => (i + 1) * 100));
    expect(interval).toMatchObject({ runs: 1_000, skipped: 0 });
  });

  it("does not drift over ten thousand beats whose timers all come late", async () => {
    const { clock, one, kernel } = await onHandClock();
    const late: number[] = [];
    const every = 333.3;
    const interval = one.interval(() => late.push(clock.now() - interval.runs * every), "333.3ms");
    for (let beat = 1; beat <= 10_000; beat++) await clock.fire(((beat * 7_919) % 100) / 10);
    expect(interval).toMatchObject({ runs: 10_000, skipped: 0 });
    // None is later than its own timer was: nothing adds up.
    expect(Math.max(...late)).toBeLessThan(10);
    expect(Math.min(...late)).toBeGreaterThan(-0.001);
    expect(clock.due[0]).toBeCloseTo(10_001 * every, 3);
    await kernel.stop();
  });

  it("paces from start to start and counts overruns, as a periodic task of sparts does", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const lasts = [2, 11, 3, 29, 1];
    const began: number[] = [];
    const interval = one.interval(async () => {
      began.push(now() / 1_000);
      await one.sleep(lasts[began.length - 1] ?? 1);
    }, "10s");
    await app.clock.advance("100s");
    // The call at 20 s overruns the beat at 30 s, the one at 50 s those at 60 and 70 s.
    expect(began).toEqual([10, 20, 40, 50, 80, 90, 100]);
    expect(interval).toMatchObject({ runs: 7, skipped: 3 });
  });

  it("runs several intervals side by side", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    one.interval(() => at.push(`a${now()}`), "2s");
    one.interval(() => at.push(`b${now()}`), "3s");
    await app.clock.advance("6s");
    expect(at).toEqual(["a2000", "b3000", "a4000", "b6000", "a6000"]);
  });
});

describe("T1 { immediate } adds a call in a microtask", () => {
  it("is not made before interval() has returned, nor a turn later", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    one.interval(() => at.push(`tick ${now()}`), "10s", { immediate: true });
    at.push("returned");
    await Promise.resolve();
    expect(at).toEqual(["returned", "tick 0"]);
    await app.clock.advance("20s");
    expect(at).toEqual(["returned", "tick 0", "tick 10000", "tick 20000"]);
  });

  it("is a call like any other: the beats that it misses are skipped", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(
      async () => {
        at.push(now());
        if (at.length === 1) await one.sleep("25s");
      },
      "10s",
      { immediate: true },
    );
    await app.clock.advance("30s");
    expect(at).toEqual([0, 30_000]);
    expect(interval).toMatchObject({ runs: 2, skipped: 2 });
  });

  it("is not made where the interval is cancelled at once", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    one.interval(() => calls++, "10s", { immediate: true }).cancel();
    one.interval(() => calls++, "10s", { immediate: true, signal: AbortSignal.abort() });
    await app.clock.advance("30s");
    expect(calls).toBe(0);
  });

  it("is not made where the service stops at once", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const stopped = one.stop();
    await stopped;
    expect(() => one.interval(() => calls++, "10s", { immediate: true })).toThrow();
    await app.clock.settle();
    expect(calls).toBe(0);
  });
});

describe("T1 A beat that is missed is skipped and counted", () => {
  it("where a call is still running: calls never overlap, and the grid is kept", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    let running = 0;
    const interval = one.interval(async () => {
      running++;
      expect(running).toBe(1);
      at.push(`begin ${now()}`);
      await one.sleep("25s");
      at.push(`end ${now()}`);
      running--;
    }, "10s");
    await app.clock.advance("75s");
    expect(at).toEqual(["begin 10000", "end 35000", "begin 40000", "end 65000", "begin 70000"]);
    expect(interval).toMatchObject({ runs: 3, skipped: 4 });
    expect(app.facts.of("tick.skipped").map(({ path, label, beats }) => ({ path, label, beats }))).toEqual(
      Array.from({ length: 4 }, () => ({ path: "one", label: "anonymous", beats: 1 })),
    );
  });

  it("where the event loop was blocked: one late call is made, then the grid is kept", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(() => at.push(now()), "10s");
    await app.clock.advance("10s");
    app.clock.block("35s");
    await app.clock.advance("15s");
    expect(at).toEqual([10_000, 45_000, 50_000, 60_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 2 });
    expect(app.facts.of("tick.skipped").map(({ beats }) => beats)).toEqual([2]);
  });

  it("where a call itself has blocked the event loop", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(() => {
      at.push(now());
      if (at.length === 1) app.clock.block("25s");
    }, "10s");
    await app.clock.advance("50s");
    expect(at).toEqual([10_000, 35_000, 40_000, 50_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 1 });
  });

  it("where the machine has slept for a day", async () => {
    const { clock, one, kernel } = await onHandClock();
    const at: number[] = [];
    const interval = one.interval(() => at.push(clock.now()), "1s");
    await clock.fire();
    await clock.fire(86_400_000 + 300);
    await clock.fire();
    expect(at).toEqual([1_000, 86_402_300, 86_403_000]);
    expect(interval).toMatchObject({ runs: 3, skipped: 86_400 });
    await kernel.stop();
  });

  it("but not where it only comes late: that beat is its late call", async () => {
    const { clock, one, kernel } = await onHandClock();
    const at: number[] = [];
    const interval = one.interval(() => at.push(clock.now()), "1s");
    for (const late of [0, 3, 999, 0]) await clock.fire(late);
    expect(at).toEqual([1_000, 2_003, 3_999, 4_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 0 });
    await kernel.stop();
  });

  it("and none is called twice where timers fire slightly early", async () => {
    const { clock, one, kernel } = await onHandClock();
    const at: number[] = [];
    const interval = one.interval(() => at.push(clock.now()), "10ms");
    for (let i = 0; i < 100; i++) await clock.fire(i % 3 === 0 ? -0.9 : 0);
    expect(interval).toMatchObject({ runs: 100, skipped: 0 });
    expect(at.map((t) => Math.round(t / 10))).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    // The next beat is still one of the grid.
    expect(clock.due[0]).toBeCloseTo(1_010, 6);
    await kernel.stop();
  });

  it("and every beat is either called or counted, whatever happens", async () => {
    const { clock, one, kernel } = await onHandClock();
    const interval = one.interval(() => {}, "10ms");
    // A fixed sequence of early, exact, late and very late timers.
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let i = 0; i < 2_000; i++) {
      const kind = random();
      await clock.fire(kind < 0.3 ? -0.9 * random() : kind < 0.9 ? 9 * random() : 500 * random());
    }
    const beats = Math.floor((clock.now() + 1) / 10);
    expect(interval.runs + interval.skipped).toBe(beats);
    expect(interval.runs).toBe(2_000);
    await kernel.stop();
  });
});

describe('T1 { pace: "spaced" } waits N after each call has ended', () => {
  it("whatever the calls take, and skips nothing", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(
      async () => {
        at.push(now());
        await one.sleep("25s");
      },
      "10s",
      { pace: "spaced" },
    );
    await app.clock.advance("80s");
    expect(at).toEqual([10_000, 45_000, 80_000]);
    expect(interval).toMatchObject({ runs: 3, skipped: 0 });
  });

  it("goes on after a call that has failed", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(
      async () => {
        at.push(now());
        throw new Error("boom");
      },
      "10s",
      { pace: "spaced" },
    );
    await app.clock.advance("20s");
    expect(at).toEqual([10_000, 20_000]);
    expect(app.errors).toHaveLength(2);
  });

  it("begins the count after the immediate call", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(
      async () => {
        at.push(now());
        await one.sleep("5s");
      },
      "10s",
      { pace: "spaced", immediate: true },
    );
    await app.clock.advance("30s");
    expect(at).toEqual([0, 15_000, 30_000]);
  });

  it("waits N from the moment that a blocked loop goes on", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(() => at.push(now()), "10s", { pace: "spaced" });
    app.clock.block("35s");
    await app.clock.advance("10s");
    expect(at).toEqual([35_000, 45_000]);
    expect(interval.skipped).toBe(0);
  });

  it("is cancelled from inside its call", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(async () => interval.cancel(), "10s", { pace: "spaced" });
    await app.clock.advance("60s");
    expect(interval.runs).toBe(1);
    expect(app.clock.pending).toEqual([]);
  });
});
