import { type Interval, isAbortError, Kernel, NotRunningError, RetryLater } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { expectNoUnhandledRejection } from "../unhandled-rejections.ts";
import { HandClock } from "./hand-clock.ts";

expectNoUnhandledRejection();

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  const now = () => app.clock.now();
  const figures = () => app.inspect().services[0]?.activities.find(({ kind }) => kind === "interval");
  return { app, one, now, figures };
}

describe("T1 trigger() makes a call now and gives its result", () => {
  it("at once, beside the beats: the grid is kept", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(() => at.push(now()), "10s");
    await app.clock.advance("13s");
    const result = interval.trigger();
    expect(at).toEqual([10_000, 13_000]);
    expect(await result).toBe(2);
    await app.clock.advance("17s");
    expect(at).toEqual([10_000, 13_000, 20_000, 30_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 0 });
  });

  it("of a cron too", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const cron = one.cron(async () => "backed up", "30 3 * * *");
    expect(await cron.trigger()).toBe("backed up");
    expect(cron.runs).toBe(1);
  });

  it("of a spaced interval: the next beat comes N after its end", async () => {
    const { app, one, now, figures } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(
      async () => {
        at.push(now());
        await one.sleep("5s");
      },
      "10s",
      { pace: "spaced" },
    );
    await app.clock.advance("8s");
    const call = interval.trigger();
    expect(figures()).not.toHaveProperty("nextAt");
    await app.clock.advance("15s");
    await call;
    expect(at).toEqual([8_000, 23_000]);
    expect(interval.skipped).toBe(0);
  });

  it("before the immediate call, which then comes as well", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => {}, "10s", { immediate: true });
    await interval.trigger();
    await app.clock.settle();
    expect(interval.runs).toBe(2);
  });

  it("tells it as any other call: facts, figures, calls in flight", async () => {
    const { app, one, figures } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => one.sleep("1s"), "10s", { label: "collect" });
    const call = interval.trigger();
    expect(figures()).toMatchObject({ running: true, runs: 1, lastAt: "2025-01-01T00:00:00.000Z" });
    expect(app.inspect().services[0]?.inFlight).toEqual([{ what: 'interval "collect"', ms: 0 }]);
    await app.clock.advance("1s");
    await call;
    expect(app.facts.of("tick.ended")).toMatchObject([{ path: "one", label: "collect", ms: 1_000 }]);
  });
});

describe("T1 trigger() while a call is running waits for its end and has one more made", () => {
  it("which all share who ask meanwhile", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    let calls = 0;
    const interval = one.interval(async () => {
      const n = ++calls;
      at.push(`begin ${n} ${now()}`);
      await one.sleep("2s");
      at.push(`end ${n} ${now()}`);
      return n;
    }, "10s");
    await app.clock.advance("11s");
    const results = [interval.trigger(), interval.trigger(), interval.trigger()];
    await app.clock.advance("1s");
    expect(at).toEqual(["begin 1 10000", "end 1 12000", "begin 2 12000"]);
    results.push(interval.trigger());
    await app.clock.advance("4s");
    expect(await Promise.all(results)).toEqual([2, 2, 2, 3]);
    expect(at.slice(3)).toEqual(["end 2 14000", "begin 3 14000", "end 3 16000"]);
    expect(interval).toMatchObject({ runs: 3, skipped: 0 });
  });

  it("also where the running one fails: that failure is not theirs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const interval = one.interval(async () => {
      await one.sleep("2s");
      if (++calls === 1) throw new Error("boom");
      return "fine";
    }, "10s");
    await app.clock.advance("11s");
    const asked = interval.trigger();
    await app.clock.advance("3s");
    expect(await asked).toBe("fine");
    expect(app.errors.map(({ error }) => error)).toEqual([new Error("boom")]);
  });

  it("and the beats that fall into it are skipped", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => one.sleep("12s"), "10s");
    await app.clock.advance("10s");
    const asked = interval.trigger();
    await app.clock.advance("29s");
    await asked;
    // Beats at 10, 20 and 30 s; calls from 10 to 22 and from 22 to 34 s.
    expect(interval).toMatchObject({ runs: 2, skipped: 2 });
  });

  it("one that a call asks for itself comes a turn later, so that it cannot hold up everything else", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const interval: Interval = one.interval(() => {
      if (++calls < 50) void interval.trigger();
    }, "10s");
    void interval.trigger();
    expect(calls).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBeLessThan(5);
    await app.clock.settle();
    expect(calls).toBe(50);
  });

  it("a beat that comes in that turn is the call that was asked for", async () => {
    const clock = new HandClock();
    const hand = given();
    const kernel = await new Kernel({ providers: { hand }, clock }).start();
    let asked: PromiseLike<number> | undefined;
    const interval: Interval<number> = hand.interval((): number => {
      if (interval.runs === 1) asked = interval.trigger();
      return interval.runs;
    }, "10s");
    // Both fire in one turn.
    void clock.fire();
    void clock.fire();
    expect(interval.runs).toBe(2);
    expect(await asked).toBe(2);
    await new Promise(setImmediate);
    expect(interval).toMatchObject({ runs: 2, skipped: 0 });
    await kernel.stop();
  });
});

describe("T1 What a triggered call throws is its caller's", () => {
  it("and not onError's; it is counted, and the interval goes on", async () => {
    const { app, one, figures } = await appWithOne();
    await using _ = app;
    const boom = new Error("boom");
    let fails = true;
    const interval = one.interval(
      async () => {
        if (fails) throw boom;
      },
      "10s",
      { onError: "crash" },
    );
    await expect(interval.trigger()).rejects.toBe(boom);
    await expect(interval.trigger()).rejects.toBe(boom);
    expect(app.errors).toEqual([]);
    expect(app.state).toBe("running");
    expect(figures()).toMatchObject({ runs: 2, errors: 2, lastError: "boom" });
    fails = false;
    await app.clock.advance("10s");
    expect(interval.runs).toBe(3);
  });

  it("also where it throws synchronously", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => {
      throw new Error("boom");
    }, "10s");
    await expect(interval.trigger()).rejects.toThrow("boom");
    expect(app.errors).toEqual([]);
  });
});

describe("T1 trigger() is refused", () => {
  it("with a NotRunningError where the handle is cancelled or the service has stopped, and calls nothing", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const cancelled = one.interval(() => calls++, "10s", { label: "collect" });
    cancelled.cancel();
    const refused = cancelled.trigger();
    await expect(refused).rejects.toBeInstanceOf(NotRunningError);
    await expect(refused).rejects.toMatchObject({
      code: "PAWL_NOT_RUNNING",
      path: "one",
      message:
        'one: trigger() of interval "collect" was called after it had ended: it was cancelled, or its service has stopped',
    });
    const interval = one.interval(() => calls++, "10s");
    await one.stop();
    await expect(interval.trigger()).rejects.toBeInstanceOf(NotRunningError);
    expect(calls).toBe(0);
  });

  it("to an observer of facts", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => {}, "10s");
    let refused: Promise<unknown> | undefined;
    app.observe(() => (refused ??= interval.trigger().catch((error: unknown) => error)), { kinds: ["event.emitted"] });
    app.bus.emit("anything");
    expect(await refused).toMatchObject({ code: "PAWL_OBSERVER_CALL" });
    expect(interval.runs).toBe(0);
  });

  it("but not in onStop, where a service may still work", async () => {
    const results: unknown[] = [];
    let interval: Interval<string>;
    const one = given({
      onStart() {
        interval = this.interval(async () => "flushed", "10s");
      },
      async onStop() {
        results.push(await interval.trigger());
      },
    });
    const app = await testApp({ providers: { one } });
    await app.stop();
    await app[Symbol.asyncDispose]();
    expect(results).toEqual(["flushed"]);
  });
});

describe("T1 A trigger that a stop overtakes", () => {
  it("rejects with an AbortError where its call has not begun, which is no failure of the process", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => one.sleep("1h"), "10s");
    await app.clock.advance("10s");
    const asked = interval.trigger();
    void interval.trigger();
    await one.stop();
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(isAbortError(error)).toBe(true);
    expect(error).toMatchObject({ path: "one" });
    expect(interval.runs).toBe(1);
  });

  it("gets what its call makes of the abort, and the stop awaits it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    const interval = one.interval(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      order.push("call ended");
      return "half done";
    }, "10s");
    one.addCleanup(() => order.push("cleanup"));
    const asked = interval.trigger();
    await one.stop();
    expect(await asked).toBe("half done");
    expect(order).toEqual(["call ended", "cleanup"]);
    await expect(interval.trigger()).rejects.toBeInstanceOf(NotRunningError);
  });

  it("is no failure of the process where its call rejects with the abort and nobody listens", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => one.sleep("1h"), "10s");
    void interval.trigger();
    await one.stop();
    expect(app.errors).toEqual([]);
  });

  it("may stop its service from inside of the call that somebody waits for", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(async () => {
      await one.stop();
      return "stopped";
    }, "10s");
    expect(await interval.trigger()).toBe("stopped");
  });

  it("may stop the service that waits for it, also where it had to wait itself", async () => {
    const one = given();
    const other = given();
    await using app = await testApp({ providers: { one, other } });
    const interval = one.interval(async () => {
      if (interval.runs === 1) await one.sleep("5s");
      else await other.stop();
    }, "10s");
    await app.clock.advance("10s");
    let result: unknown;
    other.spawn(async () => {
      await interval.trigger();
      result = "it did not wait for itself";
    });
    await app.clock.advance("5s");
    await app.clock.settle();
    expect(result).toBe("it did not wait for itself");
  });
});

describe("T2 A trigger() that nobody awaits", () => {
  const boom = new Error("refresh failed");

  it("fails as a beat does: onError gets it, once, and it is no failure of the process", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(() => Promise.reject(boom), "1h");
    void interval.trigger();
    await app.clock.settle();
    expect(app.errors).toMatchObject([{ error: boom, origin: { label: 'interval "anonymous"' } }]);
    expect(app.state).toBe("running");
  });

  it("that asks for another try is told to nobody, and tried again", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const interval = one.interval(() => {
      if (calls++ === 0) throw new RetryLater("5s");
    }, "1h");
    void interval.trigger();
    await app.clock.advance("5s");
    expect(calls).toBe(2);
    expect(app.errors).toEqual([]);
  });
});
