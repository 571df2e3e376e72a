import { AbandonedError, type StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  const now = () => app.clock.now();
  return { app, one, now };
}

describe("T3 timeout(fn, N) calls once", () => {
  it("after N, on the service, with { signal }, and leaves the tree", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const calls: unknown[][] = [];
    const timeout = one.timeout(function (...args: unknown[]) {
      calls.push([now(), this, ...args]);
    }, "250ms");
    expect(timeout.fired).toBe(false);
    expect(app.inspect().services[0]?.activities).toStrictEqual([
      { kind: "timeout", label: "anonymous", fired: false, nextAt: "2025-01-01T00:00:00.250Z" },
    ]);
    await app.clock.advance("249ms");
    expect(calls).toEqual([]);
    await app.clock.advance("1h");
    expect(calls).toEqual([[250, one, { signal: expect.any(AbortSignal) }]]);
    expect(timeout.fired).toBe(true);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("takes zero: it fires in a later turn, never before timeout() has returned", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    one.timeout(() => order.push("fired"), 0);
    one.timeout(() => order.push("fired too"), "0ms");
    order.push("returned");
    await Promise.resolve();
    expect(order).toEqual(["returned"]);
    await app.clock.settle();
    expect(order).toEqual(["returned", "fired", "fired too"]);
  });

  it("takes a number for seconds", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.timeout(() => at.push(now()), 0.25);
    await app.clock.advance("1s");
    expect(at).toEqual([250]);
  });

  it("waits longer than a timer of Node can", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const timeout = one.timeout(() => {}, "60d");
    await app.clock.advance("59d");
    expect(timeout.fired).toBe(false);
    await app.clock.advance("1d");
    expect(timeout.fired).toBe(true);
  });

  it.each([
    ["a negative length", -0.001, RangeError],
    ["NaN", Number.NaN, RangeError],
    ["an infinite one", Number.POSITIVE_INFINITY, RangeError],
    ["what has no unit", "5", TypeError],
    ["a Date", new Date(), TypeError],
  ])("refuses %s at once, and creates nothing", async (_, after, type) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const call = () => one.timeout(() => {}, after as never);
    expect(call).toThrow(type);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_DURATION" }));
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

describe("T3 A pending timeout at stop never fires", () => {
  it("whether the service stops or the whole app, and holds up nothing", async () => {
    for (const what of ["service", "app"]) {
      const { app, one } = await appWithOne();
      await using _ = app;
      const timeout = one.timeout(() => {}, "10s");
      await (what === "app" ? app.stop() : one.stop());
      await app.clock.advance("1h");
      expect(timeout.fired).toBe(false);
      expect(app.clock.pending).toEqual([]);
    }
  });

  it("not even where its time comes while onStop is under way: step 2 is yet to come, so that it does fire", async () => {
    const fired: string[] = [];
    const one = given({
      async onStop() {
        this.timeout(() => fired.push("set in onStop"), "1s");
        await this.sleep("5s");
      },
    });
    await using app = await testApp({ providers: { one } });
    one.timeout(() => fired.push("within onStop"), "3s");
    one.timeout(() => fired.push("after onStop"), "7s");
    const stop = one.stop();
    await app.clock.advance("10s");
    await stop;
    expect(fired).toEqual(["set in onStop", "within onStop"]);
  });

  it("one that is running is aborted and awaited", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    one.timeout(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await Promise.resolve();
      order.push("ended");
      signal.throwIfAborted();
    }, "1s");
    one.addCleanup(() => order.push("cleanup"));
    await app.clock.advance("1s");
    await one.stop();
    expect(order).toEqual(["ended", "cleanup"]);
    expect(app.errors).toEqual([]);
  });

  it("one that does not settle is named and left behind", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.timeout(() => new Promise(() => {}), "1s", { label: "hang" });
    await app.clock.advance("1s");
    const stop = one.stop().catch((error: unknown) => error as StopError);
    await app.clock.advance("10s");
    const error = (await stop) as StopError;
    expect(error.errors).toEqual([expect.any(AbandonedError)]);
    expect((error.errors[0] as Error).message).toBe(
      'one: timeout "hang" was still running after 10s; it was left behind',
    );
  });
});

describe("T3 Cancelling is safe", () => {
  it("before it fires, twice, and after it has fired", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const cancelled = one.timeout(() => {}, "1s");
    cancelled.cancel();
    cancelled.cancel();
    const fired = one.timeout(() => {}, "1s");
    await app.clock.advance("1s");
    fired.cancel();
    fired.cancel();
    expect([cancelled.fired, fired.fired]).toEqual([false, true]);
    expect(app.clock.pending).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("from inside the callback: its signal is aborted, an AbortError is no failure, it leaves the tree when it has ended", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const timeout = one.timeout(async ({ signal }) => {
      timeout.cancel();
      timeout.cancel();
      await Promise.resolve();
      signal.throwIfAborted();
    }, "1s");
    await app.clock.advance("1s");
    expect(app.errors).toEqual([]);
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
  });

  it("at the end of a `using` block, and by a signal", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const byAborted = one.timeout(() => {}, "1s", { signal: AbortSignal.abort() });
    const bySignal = one.timeout(() => {}, "1s", { signal: controller.signal });
    let scoped: { readonly fired: boolean };
    {
      using timeout = one.timeout(() => {}, "1s");
      scoped = timeout;
    }
    controller.abort();
    await app.clock.advance("1h");
    expect([byAborted.fired, bySignal.fired, scoped.fired]).toEqual([false, false, false]);
  });

  it("even where zero was given and the signal is aborted already", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const timeout = one.timeout(() => {}, 0, { signal: AbortSignal.abort() });
    await app.clock.settle();
    expect(timeout.fired).toBe(false);
  });
});

describe("T2 A failing timeout", () => {
  it("goes to onError with owner path and label, or where its own onError says", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const own: unknown[] = [];
    const boom = async () => {
      throw new Error("boom");
    };
    one.timeout(boom, "1s");
    one.timeout(boom, "1s", { onError: (error) => own.push(error) });
    await app.clock.advance("1s");
    expect(app.errors).toEqual([{ error: new Error("boom"), origin: { path: "one", label: 'timeout "boom"' } }]);
    expect(own).toEqual([new Error("boom")]);
    expect(app.state).toBe("running");
  });

  it('is a crash with onError: "crash"', async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    one.timeout(
      () => {
        throw new Error("boom");
      },
      "1s",
      { onError: "crash" },
    );
    await app.clock.advance("1s");
    expect(await ended).toMatchObject({ code: "PAWL_CRASHED", path: "one" });
  });
});
