import { type Interval, RetryLater, type StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  const now = () => app.clock.now();
  const figures = () => app.inspect().services[0]?.activities.find(({ kind }) => kind !== "sleep");
  return { app, one, now, figures };
}

describe("T2 A tick that throws RetryLater is tried again after its time", () => {
  it("which is no error; attempts are counted, and afresh after a success", async () => {
    const { app, one, now, figures } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    const interval = one.interval(
      async ({ attempt }) => {
        at.push(`${now()}: ${attempt}`);
        if (attempt < 3) throw new RetryLater("2s", new Error("429"));
      },
      "1m",
      { label: "sync" },
    );
    await app.clock.advance("60s");
    expect(figures()).toMatchObject({ runs: 1, attempts: 1, running: false, nextAt: "2025-01-01T00:01:02.000Z" });
    await app.clock.advance("2s");
    expect(figures()).toMatchObject({ runs: 2, attempts: 2 });
    await app.clock.advance("58s");
    expect(at).toEqual(["60000: 1", "62000: 2", "64000: 3", "120000: 1"]);
    expect(figures()).toMatchObject({ runs: 4, attempts: 1, errors: 0, skipped: 0 });
    expect(figures()).not.toHaveProperty("lastError");
    expect(interval.runs).toBe(4);
    expect(app.errors).toEqual([]);
  });

  it("counts afresh after a failure too", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const attempts: number[] = [];
    one.interval(({ attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) throw new RetryLater("1s");
      throw new Error("boom");
    }, "10s");
    await app.clock.advance("21s");
    expect(attempts).toEqual([1, 2, 1, 2]);
    expect(app.errors).toHaveLength(2);
  });

  it("tells retry.scheduled, and the call as one that has ended without an error", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.interval(
      ({ attempt }) => {
        if (attempt < 3) throw new RetryLater("250ms");
      },
      "10s",
      { label: "sync" },
    );
    await app.clock.advance("11s");
    expect(app.facts.of("retry.scheduled").map(({ kind: _, at: __, ...fact }) => fact)).toEqual([
      { path: "one", label: "sync", attempt: 2, ms: 250 },
      { path: "one", label: "sync", attempt: 3, ms: 250 },
    ]);
    expect(app.facts.of("tick.ended")).toHaveLength(3);
    for (const fact of app.facts.of("tick.ended")) expect(fact).not.toHaveProperty("error");
  });

  it("takes the place of the beats before it: they are skipped and counted", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(({ attempt }) => {
      at.push(now());
      if (attempt === 1 && at.length === 1) throw new RetryLater("25s");
    }, "10s");
    await app.clock.advance("50s");
    expect(at).toEqual([10_000, 35_000, 40_000, 50_000]);
    expect(interval).toMatchObject({ runs: 4, skipped: 2 });
  });

  it("of a spaced interval: the next beat comes N after the last try", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.interval(
      async ({ attempt }) => {
        at.push(now());
        await one.sleep("1s");
        if (attempt === 1) throw new RetryLater("3s");
      },
      "10s",
      { pace: "spaced" },
    );
    await app.clock.advance("26s");
    expect(at).toEqual([10_000, 14_000, 25_000]);
  });

  it("of a cron: the day is not lost", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    one.cron(
      ({ attempt }) => {
        at.push(now() / 60_000);
        if (attempt < 3) throw new RetryLater("10m");
      },
      "30 3 * * *",
      { timezone: "UTC" },
    );
    await app.clock.advance("1d");
    expect(at).toEqual([210, 220, 230]);
  });

  it("of a trigger: its caller is told, and the try is made all the same", async () => {
    const { app, one, now, figures } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    const interval = one.interval(({ attempt }) => {
      at.push(now());
      if (attempt < 3) throw new RetryLater("2s");
      return attempt;
    }, "1m");
    await expect(interval.trigger()).rejects.toMatchObject({ code: "PAWL_RETRY_LATER", afterMs: 2_000 });
    await app.clock.advance("1s");
    // A trigger while a try is pending is that try.
    await expect(interval.trigger()).rejects.toMatchObject({ code: "PAWL_RETRY_LATER" });
    expect(figures()).toMatchObject({ attempts: 2, nextAt: "2025-01-01T00:00:03.000Z" });
    await app.clock.advance("2s");
    expect(at).toEqual([0, 1_000, 3_000]);
    expect(figures()).toMatchObject({ attempts: 0, errors: 0, nextAt: "2025-01-01T00:01:00.000Z" });
  });

  it("where somebody asked for one more call meanwhile, that is the try", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const interval: Interval<number> = one.interval(async ({ attempt }): Promise<number> => {
      await one.sleep("1s");
      if (attempt === 1) throw new RetryLater("1h");
      return attempt;
    }, "10s");
    await app.clock.advance("10s");
    const asked = interval.trigger();
    await app.clock.advance("2s");
    expect(await asked).toBe(2);
    expect(app.facts.of("retry.scheduled")).toEqual([]);
  });

  it("not where it was cancelled or its service stops", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const pending = one.interval(() => Promise.reject(new RetryLater("5s")), "10s");
    await app.clock.advance("10s");
    pending.cancel();
    const stopping = one.interval(
      async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new RetryLater("5s");
      },
      "10s",
      { onError: "crash" },
    );
    await app.clock.advance("10s");
    const failed: StopError | undefined = await one.stop().then(
      () => undefined,
      (error: StopError) => error,
    );
    expect(failed).toBeUndefined();
    await app.clock.advance("1m");
    expect([pending.runs, stopping.runs]).toEqual([1, 1]);
    expect(app.clock.pending).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  it("is told apart by its brand, not by its class: another copy of the package will do", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const foreign = Object.assign(new Error("later"), {
      code: "PAWL_RETRY_LATER",
      afterMs: 1_000,
      [Symbol.for("pawl.error")]: true,
    });
    const interval = one.interval(({ attempt }) => {
      if (attempt === 1) throw foreign;
    }, "10s");
    await app.clock.advance("11s");
    expect(interval.runs).toBe(2);
    expect(app.errors).toEqual([]);
  });
});

describe("T2 RetryLater anywhere else is an error like any other", () => {
  it("in a timeout", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.timeout(() => Promise.reject(new RetryLater("5s")), "1s");
    await app.clock.advance("1m");
    expect(app.errors.map(({ error }) => error)).toMatchObject([{ code: "PAWL_RETRY_LATER" }]);
  });
});
