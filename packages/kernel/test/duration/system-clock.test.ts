import { systemClock } from "@pawl/kernel";
import { beforeEach, describe, expect, it, vi } from "vitest";

interface FakeTimer {
  readonly fn: () => void;
  readonly ms: number;
  cleared: boolean;
}

const longest = 2 ** 31 - 1;

describe("The system's clock", () => {
  let timers: FakeTimer[] = [];

  beforeEach(() => {
    timers = [];
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((fn: () => void, ms: number) => {
      const timer = { fn, ms, cleared: false };
      timers.push(timer);
      return timer;
    }) as never);
    vi.spyOn(globalThis, "clearTimeout").mockImplementation(((timer: FakeTimer) => {
      timer.cleared = true;
    }) as never);
  });

  /** Fires the timer that waits, as Node would. */
  const fire = () => timers.at(-1)?.fn();

  it("sets one timer for what Node can wait for", () => {
    let fired = 0;
    systemClock.setTimer(() => fired++, longest);
    expect(timers.map(({ ms }) => ms)).toEqual([longest]);
    fire();
    expect(fired).toBe(1);
  });

  it.each([
    ["one millisecond more", longest + 1, [longest, 1]],
    ["thirty days", 30 * 86_400_000, [longest, 30 * 86_400_000 - longest]],
    ["exactly twice as much", 2 * longest, [longest, longest]],
    ["a year", 365 * 86_400_000, [...Array.from({ length: 14 }, () => longest), 365 * 86_400_000 - 14 * longest]],
  ])("chains timers for longer, and never fires early: %s", (_, ms, parts) => {
    let fired = 0;
    systemClock.setTimer(() => fired++, ms);
    for (let i = 1; i < parts.length; i++) {
      fire();
      expect(fired).toBe(0);
    }
    fire();
    expect(fired).toBe(1);
    expect(timers.map((timer) => timer.ms)).toEqual(parts);
  });

  it("cancels a chain in any of its parts", () => {
    let fired = 0;
    const cancel = systemClock.setTimer(() => fired++, 3 * longest);
    fire();
    cancel();
    cancel();
    expect(timers.map(({ cleared }) => cleared)).toEqual([false, true]);
    expect(fired).toBe(0);
  });

  it("rounds up to whole milliseconds: Node cuts fractions off, and would fire early", () => {
    systemClock.setTimer(() => {}, 1.2);
    systemClock.setTimer(() => {}, longest - 0.5);
    expect(timers.map(({ ms }) => ms)).toEqual([2, longest]);
  });
});

describe("The system's clock, for real", () => {
  it("fires a timer of zero in a later turn, and defers by one turn", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.setTimer(() => {
        order.push("timer");
        if (order.length === 3) resolve();
      }, 0);
      systemClock.defer(() => {
        order.push("deferred");
        if (order.length === 3) resolve();
      });
      order.push("returned");
    });
    expect(order[0]).toBe("returned");
    expect([...order].sort()).toEqual(["deferred", "returned", "timer"]);
  });

  it("cancels both", async () => {
    let called = 0;
    systemClock.setTimer(() => called++, 0)();
    systemClock.defer(() => called++)();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise(setImmediate);
    expect(called).toBe(0);
  });

  it("has a monotonic time of its own and the wall clock's", () => {
    const before = systemClock.now();
    vi.spyOn(Date, "now").mockReturnValue(1);
    expect(systemClock.wallTime()).toBe(1);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });
});
