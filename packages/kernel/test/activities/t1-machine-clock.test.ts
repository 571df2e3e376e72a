import { AsyncLocalStorage } from "node:async_hooks";
import { Kernel, systemClock } from "@pawl/kernel";
import { leakCheck } from "@pawl/testing";
import { describe, expect, it, vi } from "vitest";
import { given } from "../given-service.ts";

const longest = 2 ** 31 - 1;

/** A running service on the clock of the machine. */
async function onMachineClock() {
  const one = given();
  const kernel = new Kernel({ providers: { one } });
  await kernel.start();
  return { one, kernel };
}

/** The timers that are set from now on; none of them fires by itself. */
function timersSet() {
  const timers: { readonly ms: number; readonly fire: () => void; cleared: boolean }[] = [];
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((fire: () => void, ms: number) => {
    const clear = () => {
      timer.cleared = true;
    };
    const timer = { ms, fire, cleared: false, [Symbol.dispose]: clear };
    timers.push(timer);
    return timer;
  }) as never);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation(((timer: Disposable) => timer[Symbol.dispose]()) as never);
  return timers;
}

describe("T1 An interval on the clock of the machine", () => {
  it("calls beat after beat, and holds no timer after cancel() nor after the stop", async () => {
    const check = leakCheck();
    const { one, kernel } = await onMachineClock();
    const cancelled = one.interval(() => {}, "2ms");
    const stopped = one.interval(() => {}, "2ms");
    await vi.waitFor(() => expect(Math.min(cancelled.runs, stopped.runs)).toBeGreaterThan(2));
    expect(check.realWork).toHaveLength(2);
    cancelled.cancel();
    expect(check.realWork).toHaveLength(1);
    const { runs } = cancelled;
    const further = stopped.runs + 2;
    await vi.waitFor(() => expect(stopped.runs).toBeGreaterThan(further));
    expect(cancelled.runs).toBe(runs);
    await kernel.stop();
    await check.expectNone(kernel);
  });

  it("calls in the async context in which it was begun, in every beat", async () => {
    const { one, kernel } = await onMachineClock();
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const interval = store.run("of the caller", () => one.interval(() => seen.push(store.getStore()), "2ms"));
    await vi.waitFor(() => expect(interval.runs).toBeGreaterThan(2));
    expect(new Set(seen)).toEqual(new Set(["of the caller"]));
    await kernel.stop();
  });

  it("never fires early where it is longer than Node can wait for, and is cancelled in any part of the wait", async () => {
    const { one, kernel } = await onMachineClock();
    const timers = timersSet();
    const interval = one.interval(() => {}, "30d");
    timers[0]?.fire();
    expect(timers.map(({ ms }) => ms)).toEqual([longest, expect.closeTo(30 * 86_400_000 - longest, -2)]);
    expect(interval.runs).toBe(0);
    interval.cancel();
    expect(timers.at(-1)?.cleared).toBe(true);
    vi.restoreAllMocks();
    await kernel.stop();
  });

  it("rounds its timers up to whole milliseconds, so that none comes before its beat", async () => {
    const { one, kernel } = await onMachineClock();
    vi.spyOn(performance, "now").mockReturnValue(1_000.5);
    const timers = timersSet();
    one.interval(() => {}, "250.4ms");
    expect(timers.map(({ ms }) => ms)).toEqual([251]);
    vi.restoreAllMocks();
    await kernel.stop();
  });

  it("takes the wall clock that a program has put in the place of the machine's", async () => {
    const one = given();
    const noon = Date.UTC(2025, 0, 1, 12);
    const kernel = new Kernel({ providers: { one }, clock: { ...systemClock, wallTime: () => noon } });
    await kernel.start();
    one.interval(() => {}, "1h");
    const [snapshot] = kernel.inspect().services;
    expect(snapshot?.activities).toMatchObject([{ nextAt: expect.stringMatching(/^2025-01-01T1(2:59:59|3:00:00)/) }]);
    await kernel.stop();
  });
});
