import { testApp } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function cronAt(from: string, pattern: string, timezone = "UTC") {
  const one = given();
  const app = await testApp({ providers: { one } });
  app.clock.setWallTime(new Date(from));
  const at: string[] = [];
  const cron = one.cron(
    () => {
      at.push(new Date(app.clock.wallTime()).toISOString().slice(0, 19));
    },
    pattern,
    { timezone },
  );
  const set = (to: string) => app.clock.setWallTime(new Date(to));
  return { app, one, at, cron, set };
}

describe("T1 cron follows the wall clock through summer time", () => {
  it("does not make up for a time that is jumped over in spring", async () => {
    // In Berlin 02:00 to 03:00 does not exist on 30 March 2025.
    const { app, at, cron } = await cronAt("2025-03-28T12:00:00Z", "30 2 * * *", "Europe/Berlin");
    await using _ = app;
    await app.clock.advance("3d");
    expect(at).toEqual(["2025-03-29T01:30:00", "2025-03-31T00:30:00"]);
    expect(cron.skipped).toBe(0);
  });

  it("comes once at a time that is there twice in autumn", async () => {
    // In Berlin 02:00 to 03:00 comes twice on 26 October 2025.
    const { app, at } = await cronAt("2025-10-25T12:00:00Z", "30 2 * * *", "Europe/Berlin");
    await using _ = app;
    await app.clock.advance("2d");
    expect(at).toEqual(["2025-10-26T00:30:00", "2025-10-27T01:30:00"]);
  });

  it("comes once as well where a list names the time", async () => {
    const { app, at } = await cronAt("2025-10-25T22:00:00Z", "15,30 2,4 * * *", "Europe/Berlin");
    await using _ = app;
    await app.clock.advance("12h");
    expect(at).toEqual(["2025-10-26T00:15:00", "2025-10-26T00:30:00", "2025-10-26T03:15:00", "2025-10-26T03:30:00"]);
  });

  it.each([
    ["2025-03-30T00:00:00Z", "spring"],
    ["2025-10-26T00:00:00Z", "autumn"],
  ])("keeps the distance where the pattern has a step: from %s, in %s", async (from) => {
    const { app, at } = await cronAt(from, "*/30 * * * *", "Europe/Berlin");
    await using _ = app;
    await app.clock.advance("3h");
    const start = new Date(from).getTime();
    const expected = [1, 2, 3, 4, 5, 6].map((n) => new Date(start + n * 1_800_000).toISOString().slice(0, 19));
    expect(at).toEqual(expected);
  });
});

describe("T1 cron notices that the wall clock was set, within a minute", () => {
  it("forward over a time of the pattern: that is skipped, the next one comes in time", async () => {
    const { app, at, cron, set } = await cronAt("2025-06-05T00:00:00Z", "0 3,6 * * *");
    await using _ = app;
    await app.clock.advance("1h");
    set("2025-06-05T04:00:00Z");
    await app.clock.advance("2h");
    expect(at).toEqual(["2025-06-05T06:00:00"]);
    expect(cron).toMatchObject({ runs: 1, skipped: 1 });
  });

  it("forward by less than a minute, over a time that was still further off: that is skipped too", async () => {
    const { app, at, cron, set } = await cronAt("2025-06-05T02:59:50Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("1s");
    set("2025-06-05T03:00:30Z");
    await app.clock.advance("1h");
    expect(at).toEqual([]);
    expect(cron).toMatchObject({ runs: 0, skipped: 1 });
  });

  it("forward to shortly before a time of the pattern: that comes, at most a minute late", async () => {
    const { app, at, set } = await cronAt("2025-06-05T00:00:00Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("90s");
    set("2025-06-05T02:59:55Z");
    await app.clock.advance("1h");
    expect(at).toEqual(["2025-06-05T03:00:25"]);
  });

  it("back before it has come: it does not come early", async () => {
    const { app, at, set } = await cronAt("2025-06-05T02:30:00Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("20m");
    set("2025-06-05T01:50:00Z");
    await app.clock.advance("69m");
    expect(at).toEqual([]);
    await app.clock.advance("1m");
    expect(at).toEqual(["2025-06-05T03:00:00"]);
  });

  it("back by a little after it has come, as by NTP: the same time does not come again", async () => {
    const { app, at, set } = await cronAt("2025-06-05T02:59:00Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("61s");
    set("2025-06-05T02:59:59.900Z");
    await app.clock.advance("10m");
    set("2025-06-05T02:50:00Z");
    await app.clock.advance("1d");
    expect(at).toEqual(["2025-06-05T03:00:00"]);
    await app.clock.advance("10m");
    expect(at).toEqual(["2025-06-05T03:00:00", "2025-06-06T03:00:00"]);
  });

  it("back by a little in every call: none comes twice, none is left out", async () => {
    const { app, at, set } = await cronAt("2025-06-05T03:00:00Z", "*/10 * * * * *");
    await using _ = app;
    for (let i = 1; i <= 5; i++) {
      await app.clock.advance("10s");
      set(`2025-06-05T03:00:${i}0.000Z`);
      app.clock.setWallTime(app.clock.wallTime() - 30);
    }
    await app.clock.advance("30ms");
    expect(at).toEqual([1, 2, 3, 4, 5].map((i) => `2025-06-05T03:00:${i}0`));
  });

  it("back by a year after it was wrong: it does not wait for the year to pass", async () => {
    const { app, at, set } = await cronAt("2026-06-05T02:59:30Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("1m");
    set("2025-06-04T12:00:00Z");
    await app.clock.advance("2d");
    expect(at).toEqual(["2026-06-05T03:00:00", "2025-06-05T03:00:00", "2025-06-06T03:00:00"]);
  });

  it("back by a day: the time that came on the wrong day comes again on the right one", async () => {
    const { app, at, set } = await cronAt("2025-06-05T02:59:30Z", "0 3 * * *");
    await using _ = app;
    await app.clock.advance("1m");
    set("2025-06-04T12:00:00Z");
    await app.clock.advance("1d");
    expect(at).toEqual(["2025-06-05T03:00:00", "2025-06-05T03:00:00"]);
  });
});

describe("T1 cron does not make up for what it slept through", () => {
  it("where the machine has slept for hours", async () => {
    const { app, at, cron } = await cronAt("2025-06-05T02:00:00Z", "0 3 * * *");
    await using _ = app;
    app.clock.block("8h");
    await app.clock.advance("1h");
    expect(at).toEqual([]);
    expect(cron).toMatchObject({ runs: 0, skipped: 1 });
    await app.clock.advance("16h");
    expect(at).toEqual(["2025-06-06T03:00:00"]);
  });

  it("but comes late where the loop was blocked for less than a minute", async () => {
    const { app, at, cron } = await cronAt("2025-06-05T02:59:50Z", "0 3 * * *");
    await using _ = app;
    app.clock.block("59s");
    await app.clock.settle();
    expect(at).toEqual(["2025-06-05T03:00:49"]);
    expect(cron.skipped).toBe(0);
  });

  it("makes one late call for all that were missed, and counts the others", async () => {
    const { app, at, cron } = await cronAt("2025-06-05T03:00:00Z", "* * * * * *");
    await using _ = app;
    await app.clock.advance("2s");
    app.clock.block("10s");
    await app.clock.advance("2s");
    expect(at.map((time) => time.slice(17))).toEqual(["01", "02", "12", "13", "14"]);
    expect(cron).toMatchObject({ runs: 5, skipped: 9 });
  });

  it("counts a hundred at most, so that a night's seconds do not hold it up", async () => {
    const { app, at, cron } = await cronAt("2025-06-05T00:00:00Z", "* * * * * *");
    await using _ = app;
    app.clock.block("8h");
    await app.clock.settle();
    expect(at).toEqual([]);
    expect(cron.skipped).toBe(101);
    await app.clock.advance("1s");
    expect(at).toEqual(["2025-06-05T08:00:01"]);
  });
});

describe("T1 Whatever is done to the wall clock", () => {
  it("a cron calls at most a minute after a time of its pattern, and never twice at once or at the same time", async () => {
    const step = fc.oneof(
      fc.record({ advance: fc.integer({ min: 1, max: 7_200 }) }),
      fc.record({ block: fc.integer({ min: 1, max: 7_200 }) }),
      fc.record({ set: fc.integer({ min: -10_000, max: 10_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { app, at, cron } = await cronAt("2025-06-05T12:00:00Z", "*/20 * * * *");
        await using _ = app;
        for (const one of steps) {
          if ("advance" in one) await app.clock.advance(one.advance);
          else if ("block" in one) app.clock.block(one.block);
          else app.clock.setWallTime(app.clock.wallTime() + one.set * 1_000);
          await app.clock.settle();
        }
        for (const time of at) expect((Date.parse(`${time}Z`) / 1_000) % 1_200).toBeLessThanOrEqual(60);
        expect(cron.runs).toBe(at.length);
        // It is not lost: the next time comes when it is there.
        await app.clock.advance("61s");
        const next = app.inspect().services[0]?.activities[0]?.["nextAt"] as string;
        const wait = Date.parse(next) - app.clock.wallTime();
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(2 * 1_200_000);
        await app.clock.advance(wait / 1_000);
        expect(at).toHaveLength(cron.runs);
        expect(at.at(-1)).toBe(next.slice(0, 19));
      }),
      { numRuns: 100 },
    );
  });
});
