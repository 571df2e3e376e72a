import { CrashError, isAbortError, StepError, StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const two = given();
  const app = await testApp({ providers: { one, two } });
  return { app, one, two };
}

describe("T2 A throwing or rejecting tick goes to onError; the interval goes on", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("boom");
      },
    ],
    ["returns a rejected promise", () => Promise.reject(new Error("boom"))],
  ])("one that %s, with its owner path and label", async (_, tick) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const interval = one.interval(tick, "10s", { label: "collect" });
    await app.clock.advance("30s");
    expect(interval.runs).toBe(3);
    expect(app.errors).toEqual(
      Array.from({ length: 3 }, () => ({
        error: new Error("boom"),
        origin: { path: "one", label: 'interval "collect"' },
      })),
    );
    expect(app.state).toBe("running");
  });

  it("tells also what was thrown without being an error, and counts it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.interval(() => Promise.reject(undefined), "10s");
    await app.clock.advance("10s");
    expect(app.errors.map(({ error }) => error)).toEqual([undefined]);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ errors: 1, lastError: "undefined" });
    expect(app.facts.of("tick.ended")[0]).toHaveProperty("error", undefined);
  });

  it("tells of what comes of looking whether it is a promise", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: on purpose
        get then() {
          throw new Error("a getter that throws");
        },
      }),
      "10s",
    );
    await app.clock.advance("20s");
    expect(interval.runs).toBe(2);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual([
      "a getter that throws",
      "a getter that throws",
    ]);
  });

  it("is no failure where the interval was cancelled and the tick rejects with an AbortError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(
      async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signal.throwIfAborted();
      },
      "10s",
      { onError: "crash" },
    );
    await app.clock.advance("10s");
    interval.cancel();
    await app.clock.settle();
    expect(app.errors).toEqual([]);
    expect(app.state).toBe("running");
  });

  it("is a failure where the tick rejects with an AbortError of its own accord", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.interval(() => AbortSignal.abort().throwIfAborted(), "10s");
    await app.clock.advance("10s");
    expect(app.errors).toHaveLength(1);
    expect(isAbortError(app.errors[0]?.error)).toBe(true);
  });

  it("goes to the StopError where the service is stopping", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.interval(
      async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new Error("boom");
      },
      "10s",
      { label: "collect", onError: "crash" },
    );
    await app.clock.advance("10s");
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toEqual([expect.any(StepError)]);
    expect(error.errors[0]).toMatchObject({ path: "one", step: 'interval "collect"', cause: new Error("boom") });
    expect(app.errors).toEqual([]);
  });
});

describe('T2 onError: "crash" on the activity makes it a crash', () => {
  it("of the service, which ends the app where nothing restarts it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    const interval = one.interval(
      () => {
        throw new Error("boom");
      },
      "10s",
      { onError: "crash" },
    );
    await app.clock.advance("60s");
    const error = (await ended) as CrashError;
    expect(error).toBeInstanceOf(CrashError);
    expect(error).toMatchObject({ path: "one", cause: new Error("boom") });
    expect(interval.runs).toBe(1);
    expect(app.state).toBe("stopped");
    expect(app.facts.of("crash")).toMatchObject([{ path: "one", error: new Error("boom") }]);
  });

  it("but not of a tick whose interval was cancelled meanwhile: that error goes to onError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval = one.interval(
      async () => {
        interval.cancel();
        throw new Error("boom");
      },
      "10s",
      { onError: "crash" },
    );
    await app.clock.advance("10s");
    expect(app.state).toBe("running");
    expect(app.errors).toEqual([{ error: new Error("boom"), origin: { path: "one", label: 'interval "anonymous"' } }]);
  });
});

describe("T2 onError: a function decides itself", () => {
  it("gets the error; onError of the app hears nothing", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    const interval = one.interval(
      async () => {
        throw new Error("boom");
      },
      "10s",
      { onError: (error) => seen.push(error) },
    );
    await app.clock.advance("20s");
    expect(seen).toEqual([new Error("boom"), new Error("boom")]);
    expect(interval.runs).toBe(2);
    expect(app.errors).toEqual([]);
  });

  it.each([
    [
      "throws",
      (error: unknown) => {
        throw new Error("worse", { cause: error });
      },
    ],
    [
      "rejects",
      async (error: unknown) => {
        throw new Error("worse", { cause: error });
      },
    ],
  ])("is reported itself where it %s, and the interval goes on", async (_, onError) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const boom = new Error("boom");
    const interval = one.interval(
      () => {
        throw boom;
      },
      "10s",
      { label: "collect", onError },
    );
    await app.clock.advance("20s");
    expect(interval.runs).toBe(2);
    expect(app.errors).toHaveLength(2);
    expect(app.errors[0]?.origin).toEqual({ path: "one", label: 'onError of interval "collect"' });
    expect(app.errors[0]?.error).toMatchObject({ message: "worse", cause: boom });
  });

  it("may cancel the interval, stop the service or crash it", async () => {
    const { app, one, two } = await appWithOne();
    await using _ = app;
    const boom = () => {
      throw new Error("boom");
    };
    const cancelled = one.interval(boom, "10s", { onError: () => cancelled.cancel() });
    two.interval(boom, "10s", { onError: () => two.stop() });
    await app.clock.advance("60s");
    expect(cancelled.runs).toBe(1);
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["one"]);
    expect(app.errors).toEqual([]);
  });

  it("is awaited by a stop while it works", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    one.timeout(
      () => {
        throw new Error("boom");
      },
      "10s",
      {
        onError: async () => {
          await new Promise(setImmediate);
          order.push("onError ended");
        },
      },
    );
    one.addCleanup(() => order.push("cleanup"));
    const advanced = app.clock.advance("10s");
    await advanced;
    await one.stop();
    expect(order).toEqual(["onError ended", "cleanup"]);
  });
});
