import { setImmediate as turn } from "node:timers/promises";
import { virtualClock } from "@pawl/testing";
import { describe, expect, test } from "vitest";

describe("a virtual clock", () => {
  test("stands still until it is advanced, and moves both of its times together", async () => {
    const clock = virtualClock({ wallTime: new Date("2030-06-01T12:00:00Z") });
    await turn();
    expect(clock.now()).toBe(0);
    expect(new Date(clock.wallTime()).toISOString()).toBe("2030-06-01T12:00:00.000Z");
    await clock.advance("90s");
    expect(clock.now()).toBe(90_000);
    expect(new Date(clock.wallTime()).toISOString()).toBe("2030-06-01T12:01:30.000Z");
  });

  test("begins on a fixed day where none is given", () => {
    expect(new Date(virtualClock().wallTime()).toISOString()).toBe("2025-01-01T00:00:00.000Z");
  });

  test("fires timers by due time, and those of one instant in the order in which they were set", async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} at ${clock.now()}`);
    clock.setTimer(note("late"), 300);
    clock.setTimer(note("early"), 100);
    clock.setTimer(note("second"), 200);
    clock.setTimer(note("third"), 200);
    await clock.advance("250ms");
    expect(fired).toEqual(["early at 100", "second at 200", "third at 200"]);
    expect(clock.now()).toBe(250);
    await clock.advance("50ms");
    expect(fired.at(-1)).toBe("late at 300");
  });

  test("fires timers that are set within the span, and leaves those that come due after it", async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    const beat = () => {
      fired.push(clock.now());
      clock.setTimer(beat, 400);
    };
    clock.setTimer(beat, 400);
    await clock.advance("1s");
    expect(fired).toEqual([400, 800]);
    expect(clock.pending).toEqual([{ label: "a timer without a label", inMs: 200 }]);
  });

  test("lets what a timer has set off finish before the next timer", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    clock.setTimer(async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      await turn();
      for (let i = 0; i < 50; i++) await Promise.resolve();
      await new Promise<void>((resolve) => clock.defer(resolve));
      await new Promise<void>((resolve) => process.nextTick(resolve));
      told.push(`first done at ${clock.now()}`);
    }, 10);
    clock.setTimer(() => told.push("second"), 11);
    await clock.advance("1s");
    expect(told).toEqual(["first done at 10", "second"]);
  });

  test("runs promises between two timers of one instant, and turns after both, as Node does", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    for (const name of ["a", "b"]) {
      clock.setTimer(async () => {
        told.push(name);
        clock.defer(() => told.push(`${name} deferred`));
        await Promise.resolve();
        await Promise.resolve();
        told.push(`${name} awaited`);
      }, 10);
    }
    await clock.advance("10ms");
    expect(told).toEqual(["a", "a awaited", "b", "b awaited", "a deferred", "b deferred"]);
  });

  test("fires a timer of no length in the round after the one that set it", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    clock.setTimer(() => {
      clock.setTimer(() => told.push("set by the first"), 0);
      told.push("first");
    }, 10);
    clock.setTimer(() => told.push("second"), 10);
    await clock.advance("10ms");
    expect(told).toEqual(["first", "second", "set by the first"]);
  });

  test("waits with the first timer for promises that are under way already", async () => {
    const clock = virtualClock();
    let fired = false;
    void (async () => {
      for (let i = 0; i < 10; i++) await Promise.resolve();
      clock.setTimer(() => {
        fired = true;
      }, 1_000);
    })();
    await clock.advance("1s");
    expect(fired).toBe(true);
  });

  test("does not fire a cancelled timer, also one that is cancelled at its very instant", async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    const cancel = clock.setTimer(() => fired.push("cancelled"), 10);
    cancel();
    cancel();
    clock.setTimer(() => {
      fired.push("first");
      cancelSecond();
    }, 20);
    const cancelSecond = clock.setTimer(() => fired.push("second"), 20);
    await clock.advance("1m");
    expect(fired).toEqual(["first"]);
    expect(clock.pending).toEqual([]);
  });

  test("does not call what was deferred and cancelled", async () => {
    const clock = virtualClock();
    let called = 0;
    clock.defer(() => called++)();
    clock.defer(() => called++);
    await clock.settle();
    expect(called).toBe(1);
  });

  test("lists who waits, the next one first", () => {
    const clock = virtualClock();
    clock.setTimer(() => {}, 60_000, 'metrics: interval "collect"');
    clock.setTimer(() => {}, 250, 'shop: sleep("250ms")');
    expect(clock.pending).toEqual([
      { label: 'shop: sleep("250ms")', inMs: 250 },
      { label: 'metrics: interval "collect"', inMs: 60_000 },
    ]);
  });

  test("adds up fractions of a millisecond without missing a beat", async () => {
    const clock = virtualClock();
    let fired = 0;
    clock.setTimer(() => fired++, 0.3);
    for (let i = 0; i < 3; i++) await clock.advance("0.1ms");
    expect(fired).toBe(1);
  });

  test("keeps its order with ten thousand timers", async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      const due = (i * 7_919) % 10_007;
      const cancel = clock.setTimer(() => fired.push(due), due);
      if (i % 2 === 1) cancel();
    }
    expect(clock.pending.length).toBe(5_000);
    clock.block("11s");
    await clock.settle();
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
    expect(fired.length).toBe(5_000);
  });
});

describe("settle()", () => {
  test("runs what is due and what is only a promise away, and moves no time", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    clock.setTimer(() => told.push("due"), 0);
    clock.setTimer(() => told.push("later"), 1);
    void turn().then(() => told.push("a turn away"));
    await clock.settle();
    expect(told.sort()).toEqual(["a turn away", "due"]);
    expect(clock.now()).toBe(0);
  });
});

describe("advanceToNext()", () => {
  test("goes to the next timer and says whether there was one", async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    clock.setTimer(() => fired.push(clock.now()), 700);
    clock.setTimer(() => fired.push(clock.now()), 900);
    expect(await clock.advanceToNext()).toBe(true);
    expect(fired).toEqual([700]);
    expect(await clock.advanceToNext()).toBe(true);
    expect(fired).toEqual([700, 900]);
    expect(await clock.advanceToNext()).toBe(false);
    expect(clock.now()).toBe(900);
  });
});

describe("block()", () => {
  test("lets time pass without firing; what is overdue fires late and at once", async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    clock.setTimer(() => fired.push(`a at ${clock.now()}`), 100);
    clock.setTimer(() => fired.push(`b at ${clock.now()}`), 200);
    clock.block("5s");
    expect(fired).toEqual([]);
    expect(clock.pending.map(({ inMs }) => inMs)).toEqual([-4_900, -4_800]);
    await clock.settle();
    expect(fired).toEqual(["a at 5000", "b at 5000"]);
  });

  test("makes the callback that calls it last so long", async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    clock.setTimer(() => clock.block("300ms"), 100);
    clock.setTimer(() => fired.push(clock.now()), 200);
    await clock.advance("200ms");
    expect(fired).toEqual([400]);
    expect(clock.now()).toBe(400);
  });
});

describe("setWallTime()", () => {
  test("moves the wall clock alone", async () => {
    const clock = virtualClock();
    await clock.advance("10s");
    clock.setWallTime(new Date("2040-01-01T00:00:00Z"));
    expect(clock.now()).toBe(10_000);
    await clock.advance("1s");
    expect(new Date(clock.wallTime()).toISOString()).toBe("2040-01-01T00:00:01.000Z");
  });
});

describe("hold()", () => {
  test("lets no advance go on before real work has settled, failed work included", async () => {
    const clock = virtualClock();
    const told: string[] = [];
    let finish!: () => void;
    let fail!: (error: Error) => void;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const failing = new Promise<void>((_, reject) => {
      fail = reject;
    });
    clock.hold(work.then(() => told.push("work")));
    clock.hold(failing);
    clock.setTimer(() => told.push("timer"), 1);
    const advanced = clock.advance("1s");
    for (let i = 0; i < 5; i++) await turn();
    expect(told).toEqual([]);
    finish();
    fail(new Error("did not work"));
    await advanced;
    expect(told).toEqual(["work", "timer"]);
  });
});

describe("misuse", () => {
  test("refuses to advance while an advance is under way, and goes on with the first", async () => {
    const clock = virtualClock();
    let refused: unknown;
    clock.setTimer(() => {
      clock.advance("1s").catch((error: unknown) => {
        refused = error;
      });
    }, 10);
    const first = clock.advance("1m");
    await expect(clock.settle()).rejects.toMatchObject({
      code: "PAWL_TEST_ADVANCING",
      message: expect.stringContaining('clock.settle(): advance("1m") is still under way'),
    });
    await first;
    expect(refused).toMatchObject({ code: "PAWL_TEST_ADVANCING" });
    expect(clock.now()).toBe(60_000);
    await clock.advance("1s");
  });

  test("names a timer that would keep virtual time standing for ever", async () => {
    const clock = virtualClock();
    const again = (): unknown => clock.setTimer(again, 0, "shop: sleep(0)");
    const cancel = clock.setTimer(again, 5, "shop: sleep(0)");
    await expect(clock.advance("1s")).rejects.toMatchObject({
      code: "PAWL_TEST_CLOCK_STUCK",
      message: expect.stringMatching(/^shop: sleep\(0\): .* virtual time stands at 5ms/),
    });
    cancel();
  });

  test("does not hang on code that yields for ever", async () => {
    const clock = virtualClock();
    let on = true;
    const loop = () => {
      if (on) setImmediate(loop);
    };
    loop();
    await clock.advance("1s");
    on = false;
    expect(clock.now()).toBe(1_000);
  });

  test("refuses what is no duration, and can be advanced again", async () => {
    const clock = virtualClock();
    await expect(clock.advance("-1s")).rejects.toMatchObject({ code: "PAWL_BAD_DURATION" });
    // @ts-expect-error no unit
    await expect(clock.advance("soon")).rejects.toMatchObject({ code: "PAWL_BAD_DURATION" });
    await clock.advance(0);
    expect(clock.now()).toBe(0);
  });

  test("rejects with what a timer's function throws, and can be advanced again", async () => {
    const clock = virtualClock();
    clock.setTimer(() => {
      throw new Error("broken timer");
    }, 10);
    await expect(clock.advance("1s")).rejects.toThrow("broken timer");
    await clock.advance("1s");
    expect(clock.now()).toBe(1_010);
  });
});
