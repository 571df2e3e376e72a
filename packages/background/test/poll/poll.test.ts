import { poll } from "@pawl/background";
import { NotRunningError, RetryLater } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { appWithOne, outcome } from "../one-service.ts";

/** A fetch that gives these one after another, the last one for ever; an Error is thrown. */
function giving<T>(...values: (T | Error)[]) {
  let n = 0;
  return () => {
    const value = values[Math.min(n++, values.length - 1)] as T | Error;
    if (value instanceof Error) throw value;
    return value;
  };
}

describe("poll fetches at once, then every so often", () => {
  it("and tells each other value with the one before, the first included", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const told: unknown[] = [];
    const rates = poll(one, giving(1, 1, 2, 2, 2, 1), "10s", (value, previous) => told.push([now(), value, previous]));
    expect(rates.current).toBeUndefined();
    await app.clock.settle();
    expect(rates.current).toBe(1);
    await app.clock.advance("1m");
    expect(told).toEqual([
      [0, 1, undefined],
      [20_000, 2, 1],
      [50_000, 1, 2],
    ]);
    expect([rates.current, rates.changes]).toEqual([1, 3]);
  });

  it("on the service, with { signal, attempt } last", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const calls: unknown[][] = [];
    const context = { signal: expect.any(AbortSignal), attempt: 1 };
    poll(
      one,
      function (...args) {
        calls.push([this, ...args]);
        return "value";
      },
      "10s",
      function (...args) {
        calls.push([this, ...args]);
      },
    );
    await app.clock.settle();
    expect(calls).toEqual([
      [one, context],
      [one, "value", undefined, context],
    ]);
  });

  it("and never twice at the same time: a fetch and what onChange does are waited for", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: string[] = [];
    let n = 0;
    poll(
      one,
      async () => {
        at.push(`fetch ${now()}`);
        await one.sleep("8s");
        return n++;
      },
      "10s",
      async () => {
        await one.sleep("8s");
        at.push(`changed ${now()}`);
      },
    );
    await app.clock.advance("40s");
    expect(at).toEqual(["fetch 0", "changed 16000", "fetch 20000", "changed 36000", "fetch 40000"]);
  });

  it("compares values by what is in them, so that one that was parsed anew is the same", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: unknown[] = [];
    poll(
      one,
      giving<unknown>({ eur: [1, 2] }, { eur: [1, 2] }, { eur: [1, 3] }, Number.NaN, Number.NaN),
      "1s",
      (value) => told.push(value),
    );
    await app.clock.advance("10s");
    expect(told).toEqual([{ eur: [1, 2] }, { eur: [1, 3] }, Number.NaN]);
  });

  it("or as { equals } says", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: number[] = [];
    poll(one, giving(10, 11, 12, 20), "1s", (value) => told.push(value), { equals: (a, b) => Math.abs(a - b) < 5 });
    await app.clock.advance("10s");
    expect(told).toEqual([10, 20]);
  });

  it("tells undefined as a first value, once", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: unknown[][] = [];
    const nothing = poll(one, giving<string | undefined>(undefined, undefined, "a"), "1s", (...args) =>
      told.push(args.slice(0, 2)),
    );
    await app.clock.settle();
    expect(await nothing.value()).toBeUndefined();
    await app.clock.advance("5s");
    expect(told).toEqual([
      [undefined, undefined],
      ["a", undefined],
    ]);
  });

  it("needs no onChange", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const rates = poll(one, giving(1, 2), "1s");
    await app.clock.advance("1s");
    expect(rates.current).toBe(2);
  });
});

describe("poll survives failures", () => {
  it("of a fetch: it is told, the value stays, the poll goes on", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: unknown[] = [];
    const rates = poll(one, giving(1, new Error("down"), new Error("down"), 2), "10s", (...args) =>
      told.push(args.slice(0, 2)),
    );
    await app.clock.advance("20s");
    expect(rates.current).toBe(1);
    await app.clock.advance("10s");
    expect(told).toEqual([
      [1, undefined],
      [2, 1],
    ]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["down", "down"]);
  });

  it("of onChange: it is told, and the value counts as seen", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const rates = poll(one, giving(1), "10s", () => {
      calls++;
      throw new Error("no");
    });
    await app.clock.advance("30s");
    expect([calls, rates.current]).toEqual([1, 1]);
    expect(app.errors).toHaveLength(1);
  });

  it("asks again as RetryLater says, without an error", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const at: number[] = [];
    poll(
      one,
      ({ attempt }) => {
        if (attempt < 3) throw new RetryLater("1s");
        return "there";
      },
      "1m",
      () => at.push(now()),
    );
    await app.clock.advance("10s");
    expect(at).toEqual([2_000]);
    expect(app.errors).toEqual([]);
  });

  it("or crashes the service where onError says so", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = outcome(app.wait());
    poll(one, giving<number>(new Error("down")), "10s", () => {}, { onError: "crash" });
    expect(await ended).toMatchObject({ error: { message: "one crashed: down" } });
  });
});

describe("poll.value", () => {
  it("waits for the first value, past failures, and gives the current one from then on", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const rates = poll(one, giving(new Error("down"), 1, 2), "10s");
    const first = rates.value().then((value) => [value, now()]);
    await app.clock.advance("20s");
    expect(await first).toEqual([1, 10_000]);
    expect(await rates.value({ timeout: "1s" })).toBe(2);
    expect(app.clock.pending).toHaveLength(1);
    expect(app.errors).toHaveLength(1);
  });

  it("at most for its timeout", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const rates = poll(one, () => one.sleep("1m"), "1h", undefined, { label: "rates" });
    const late = outcome(rates.value({ timeout: "5s" }));
    await app.clock.advance("5s");
    expect(await late).toMatchObject({
      error: { code: "PAWL_WAIT_TIMEOUT", message: 'one: "rates" did not come within 5s' },
    });
    expect(await outcome(rates.value({ timeout: 0 }))).toMatchObject({ error: { code: "PAWL_BAD_DURATION" } });
    await app.clock.advance("1m");
  });

  it("until its signal is aborted, the poll is cancelled, or the service stops", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const never = () =>
      poll(one, ({ signal }) => new Promise<number>((_, reject) => signal.addEventListener("abort", reject)), "1h");
    const controller = new AbortController();
    const [first, second] = [never(), never()];
    const ends = [first.value({ signal: controller.signal }), first.value(), second.value()].map(outcome);
    controller.abort();
    await app.clock.settle();
    first.cancel();
    first[Symbol.dispose]();
    expect(await outcome(first.value())).toMatchObject({ error: { message: 'one: poll "poll" was cancelled' } });
    await app.stop().catch(() => {});
    expect(await Promise.all(ends)).toMatchObject([
      { error: { name: "AbortError", message: 'one: waiting for "poll" was cancelled' } },
      { error: { name: "AbortError", message: 'one: poll "poll" was cancelled' } },
      { error: { name: "AbortError", message: "one: stopped" } },
    ]);
    expect(await outcome(second.value())).toMatchObject({ error: { name: "AbortError" } });
    expect(app.errors).toBeDefined();
  });

  it("a wait stands in the tree", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const rates = poll(one, () => one.sleep("1m"), "1h", undefined, { label: "rates" });
    rates.value().catch(() => {});
    expect(app.inspect().services[0]?.activities).toMatchObject([
      { kind: "poll", label: "rates" },
      { kind: "wait", label: "rates" },
    ]);
  });
});

describe("A poll says what it is", () => {
  it("in the tree, with its own figures", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    poll(one, giving(1, 1, 2), "30s", undefined, { label: "rates" });
    await app.clock.advance("1m");
    expect(app.inspect().services[0]?.activities).toMatchObject([
      { kind: "poll", label: "rates", everyMs: 30_000, runs: 3, changes: 2, lastAt: expect.stringMatching(/Z$/) },
    ]);
  });

  it("and in errors", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const rates = poll(one, giving(new Error("down")), "30s", undefined, { label: "rates" });
    await app.clock.settle();
    expect(app.errors).toMatchObject([{ error: { message: "down" }, origin: { label: 'poll "rates"' } }]);
    rates.cancel();
    await expect(rates.trigger()).rejects.toThrow('one: trigger() of poll "rates" was called after it had ended');
    expect(() => poll(one, () => 1, "30s", undefined, { jitter: "1h" })).toThrow("poll(…, { jitter }): 1h is longer");
  });
});

describe("poll.trigger", () => {
  it("fetches now and gives the value; a failure is the caller's", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: number[] = [];
    const rates = poll(one, giving(1, 2, new Error("down"), 3), "1h", (value) => told.push(value));
    await app.clock.settle();
    expect(await rates.trigger()).toBe(2);
    await expect(rates.trigger()).rejects.toThrow("down");
    expect(await rates.trigger()).toBe(3);
    expect(told).toEqual([1, 2, 3]);
    rates.cancel();
    await expect(rates.trigger()).rejects.toThrow(NotRunningError);
  });
});

describe("poll ends with its service", () => {
  it("and is refused by one that takes no work", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let fetches = 0;
    const rates = poll(one, () => ++fetches, "1s");
    await app.clock.advance("2s");
    await one.stop();
    await app.clock.advance("10s");
    expect([fetches, rates.current]).toEqual([3, 3]);
    expect(() => poll(one, () => 1, "1s")).toThrow(/^one: poll\(\) was called while it is stopped/);
  });

  it.each<[unknown[], string]>([
    [[1, "1s"], "poll(): the second argument must be a function, not number"],
    [[() => 1, "soon"], 'poll(service, fetch, every): "soon" is no duration'],
    [[() => 1, "1s", 1], "poll(): the fourth argument must be a function, not number"],
    [[() => 1, "1s", () => {}, { equals: "deep" }], "poll(…, { equals }): it must be a function, not deep"],
    [[() => 1, "1s", () => {}, null], "poll(): its options must be an object, not null"],
    [[() => 1, "1s", () => {}, { jitter: "1h" }], "1h is longer than the interval itself"],
  ])("refuses %j", async (args, message) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    expect(() => (poll as (...all: unknown[]) => unknown)(one, ...args)).toThrow(message);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});
