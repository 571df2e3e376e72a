import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

/** A service at `from` on the wall clock. */
async function appAt(from: string) {
  const one = given();
  const app = await testApp({ providers: { one } });
  app.clock.setWallTime(new Date(from));
  /** The wall clock, in UTC. */
  const wall = () => new Date(app.clock.wallTime()).toISOString().replace(/\.000Z$/, "");
  const figures = () => app.inspect().services[0]?.activities[0];
  return { app, one, wall, figures };
}

const utc = { timezone: "UTC" } as const;

describe("T1 cron(fn, pattern) calls at the times of the pattern", () => {
  it("minute, hour, day, month and weekday", async () => {
    const { app, one, wall } = await appAt("2025-06-05T12:34:56Z"); // a Thursday
    await using _ = app;
    const at: string[] = [];
    one.cron(() => void at.push(`hourly ${wall()}`), "15 * * * *", utc);
    one.cron(() => void at.push(`weekly ${wall()}`), "30 3 * * MON", utc);
    await app.clock.advance("2h");
    expect(at).toEqual(["hourly 2025-06-05T13:15:00", "hourly 2025-06-05T14:15:00"]);
    at.length = 0;
    await app.clock.advance("14d");
    expect(at.filter((line) => line.startsWith("weekly"))).toEqual([
      "weekly 2025-06-09T03:30:00",
      "weekly 2025-06-16T03:30:00",
    ]);
    expect(at).toHaveLength(14 * 24 + 2);
  });

  it("with seconds first, and by nicknames", async () => {
    const { app, one, wall } = await appAt("2025-06-05T23:59:50Z");
    await using _ = app;
    const at: string[] = [];
    one.cron(() => void at.push(`seconds ${wall()}`), "*/5 * * * * *", utc);
    one.cron(() => void at.push(`daily ${wall()}`), "@daily", utc);
    await app.clock.advance("10s");
    expect(at).toEqual(["seconds 2025-06-05T23:59:55", "daily 2025-06-06T00:00:00", "seconds 2025-06-06T00:00:00"]);
  });

  it("not at once where it is made at a time of the pattern", async () => {
    const { app, one, wall } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const at: string[] = [];
    one.cron(() => void at.push(wall()), "0 * * * *", utc);
    await app.clock.settle();
    expect(at).toEqual([]);
    await app.clock.advance("1h");
    expect(at).toEqual(["2025-06-05T13:00:00"]);
  });

  it("in the time zone that is asked for, else in that of the machine", async () => {
    const { app, one, wall } = await appAt("2025-06-05T00:00:00Z");
    await using _ = app;
    const at: Record<string, string[]> = {};
    for (const timezone of ["Asia/Tokyo", "America/New_York", undefined]) {
      const times: string[] = [];
      at[timezone ?? "machine"] = times;
      one.cron(() => void times.push(wall()), "0 6 * * *", timezone === undefined ? {} : { timezone });
    }
    await app.clock.advance("1d");
    const onMachine = new Date(2025, 5, 5, 6);
    if (onMachine.getTime() <= Date.UTC(2025, 5, 5)) onMachine.setDate(6);
    expect(at).toEqual({
      "Asia/Tokyo": ["2025-06-05T21:00:00"],
      "America/New_York": ["2025-06-05T10:00:00"],
      machine: [onMachine.toISOString().replace(/\.000Z$/, "")],
    });
  });

  it("years ahead, however long no timer may be", async () => {
    const { app, one, wall, figures } = await appAt("2025-03-01T00:00:00Z");
    await using _ = app;
    const at: string[] = [];
    one.cron(() => void at.push(wall()), "0 0 29 2 *", utc);
    expect(figures()).toMatchObject({ nextAt: "2028-02-29T00:00:00.000Z" });
    app.clock.setWallTime(new Date("2028-02-28T23:00:00Z"));
    await app.clock.advance("1h");
    expect(at).toEqual(["2028-02-29T00:00:00"]);
  });

  it("on the service, with { signal, attempt } as the only argument", async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const calls: unknown[][] = [];
    one.cron(function (...args: unknown[]) {
      calls.push([this, ...args]);
    }, "* * * * *");
    await app.clock.advance("1m");
    expect(calls).toEqual([[one, { signal: expect.any(AbortSignal), attempt: 1 }]]);
  });

  it("never twice at once: a time that comes while a call is running is skipped and counted", async () => {
    const { app, one, wall } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const at: string[] = [];
    const cron = one.cron(
      async () => {
        at.push(wall());
        await one.sleep("150s");
      },
      "* * * * *",
      { ...utc, label: "report" },
    );
    await app.clock.advance("5m");
    expect(at).toEqual(["2025-06-05T12:01:00", "2025-06-05T12:04:00"]);
    expect(cron).toMatchObject({ runs: 2, skipped: 3 });
    expect(app.facts.of("tick.skipped").map(({ label, beats }) => [label, beats])).toEqual([
      ["report", 1],
      ["report", 1],
      ["report", 1],
    ]);
  });

  it("on after a call that has failed: its error goes to onError", async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const cron = one.cron(() => Promise.reject(new Error("boom")), "* * * * *", { label: "report" });
    await app.clock.advance("2m");
    expect(cron.runs).toBe(2);
    expect(app.errors).toEqual(
      [1, 2].map(() => ({ error: new Error("boom"), origin: { path: "one", label: 'cron "report"' } })),
    );
  });

  it('crashes the service where onError says "crash"', async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    one.cron(() => Promise.reject(new Error("boom")), "* * * * *", { onError: "crash", label: "report" });
    await app.clock.advance("1m");
    expect(await ended).toMatchObject({ code: "PAWL_CRASHED", path: "one", step: 'cron "report"' });
  });
});

describe("T1 A cron ends when it is cancelled or its service stops", () => {
  it("by its handle, by a signal, with the service: no timer is left, nothing in the tree", async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const controller = new AbortController();
    let calls = 0;
    const tick = () => void calls++;
    const handle = one.cron(tick, "* * * * *");
    one.cron(tick, "* * * * *", { signal: controller.signal });
    {
      using _disposed = one.cron(tick, "* * * * *");
    }
    await app.clock.advance("1m");
    expect(calls).toBe(2);
    handle.cancel();
    handle.cancel();
    controller.abort();
    expect(app.clock.pending).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
    one.cron(tick, "* * * * *");
    await one.stop();
    expect(app.clock.pending).toEqual([]);
    await app.clock.advance("1h");
    expect(calls).toBe(2);
  });

  it("with an abort of the call in flight, which the stop awaits", async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const order: string[] = [];
    one.cron(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      order.push((signal.reason as Error).name);
    }, "* * * * *");
    one.addCleanup(() => order.push("cleanup"));
    await app.clock.advance("1m");
    await one.stop();
    expect(order).toEqual(["AbortError", "cleanup"]);
  });
});

describe("inspect() shows a cron with its figures", () => {
  it("as plain JSON: pattern, time zone, runs, skipped beats, errors, last and next time", async () => {
    const { app, one, figures } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const berlin = { kind: "cron", label: "backUp", pattern: "30 3 * * *", timezone: "Europe/Berlin" };
    one.cron(
      async () => {
        await one.sleep("1m");
        throw new Error("disk full");
      },
      "30 3 * * *",
      { timezone: "Europe/Berlin", label: "backUp" },
    );
    expect(figures()).toStrictEqual({
      ...berlin,
      runs: 0,
      skipped: 0,
      errors: 0,
      attempts: 0,
      running: false,
      nextAt: "2025-06-06T01:30:00.000Z",
    });
    await app.clock.advance("14h");
    expect(figures()).toStrictEqual({
      ...berlin,
      runs: 1,
      skipped: 0,
      errors: 1,
      attempts: 0,
      running: false,
      lastAt: "2025-06-06T01:30:00.000Z",
      nextAt: "2025-06-07T01:30:00.000Z",
      lastError: "disk full",
    });
    expect(app.errors).toHaveLength(1);
  });

  it("names the time zone of the machine where none is given", async () => {
    const { app, one, figures } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    one.cron(() => {}, "0 0 * * *");
    expect(figures()).toMatchObject({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  });
});

describe("Crons: misuse", () => {
  it.each([
    ["too few fields", "* * * *", "it has another number of fields. Give five"],
    ["a value that does not exist", "61 * * * *", "Invalid value for minute: 61"],
    ["words", "every monday", "it has another number of fields. Give five"],
    ["nothing", "", "it has another number of fields. Give five"],
    ["a date, which is one call", "2030-01-01T00:00:00", "timeout()"],
    ["years", "0 0 0 1 1 * 2030", "5 or 6 parts"],
    ["a day that never comes", "0 0 30 2 *", "there is no such date"],
    ["a number", 60, "must be a string"],
    ["a Date", new Date(0), "must be a string"],
  ])("refuses %s as a pattern at once, says what is wrong, and creates nothing", async (_, pattern, why) => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _app = app;
    const call = () => one.cron(() => {}, pattern as string);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(call).toThrow("cron(fn, pattern): ");
    expect(call).toThrow(why);
    expect(call).toThrow('such as "30 3 * * 1-5"');
    expect(app.inspect().services[0]?.activities).toEqual([]);
    expect(app.clock.pending).toEqual([]);
  });

  it.each(["Europe/Atlantis", "", "local", 2, null])("refuses %s as a time zone", async (timezone) => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    const call = () => one.cron(() => {}, "0 3 * * *", { timezone: timezone as string });
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(call).toThrow('is no time zone; give an IANA name such as "Europe/Berlin", or "UTC"');
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("refuses what is no function, and options that are none", async () => {
    const { app, one } = await appAt("2025-06-05T12:00:00Z");
    await using _ = app;
    expect(() => one.cron(undefined as never, "0 3 * * *")).toThrow("cron(): the first argument must be a function");
    expect(() => one.cron(() => {}, "0 3 * * *", "UTC" as never)).toThrow("cron(): its options must be an object");
    expect(() => one.cron(() => {}, "0 3 * * *", { onError: "ignore" as never })).toThrow("cron(…, { onError })");
  });
});
