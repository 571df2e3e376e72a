import { setImmediate as nextTurn } from "node:timers/promises";
import { queue } from "@pawl/background";
import { NotRunningError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { appWithOne, type One, outcome } from "../one-service.ts";

const doubled = (one: One) => async (n: number) => {
  await one.sleep(`${n}s`);
  return n * 2;
};

/** Numbers from 1 on, and how far they were read; `closed` is set when they are let go of. */
function numbers(upTo: number) {
  const state = { read: 0, closed: false };
  const source = (function* () {
    try {
      for (let n = 1; n <= upTo; n++) {
        state.read = n;
        yield n;
      }
    } finally {
      state.closed = true;
    }
  })();
  return { state, source };
}

describe("T7 queue.map gives results in the order of the items", () => {
  it("of an array", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, doubled(one), { concurrency: 3 });
    const results = jobs
      .map([3, 1, 2, 1])
      .toArray()
      .then((all) => ({ all, at: now() }));
    await app.clock.advance("10s");
    expect(await results).toEqual({ all: [6, 2, 4, 2], at: 3_000 });
  });

  it("of an async iterable, one by one", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, (n: number) => n * 2);
    async function* source() {
      for (const n of [1, 2, 3]) {
        await nextTurn();
        yield n;
      }
    }
    const results: number[] = [];
    for await (const result of jobs.map(source())) results.push(result);
    expect(results).toEqual([2, 4, 6]);
    expect(await jobs.map([]).toArray()).toEqual([]);
    expect(await jobs.map([Promise.resolve(4)] as never).toArray()).toEqual([8]);
  });

  it("gives what is there while its source takes its time", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, (n: number) => n, { concurrency: 4 });
    async function* source() {
      for (let n = 1; n <= 3; n++) {
        yield n;
        await one.sleep("10s");
      }
    }
    const at: string[] = [];
    const read = (async () => {
      for await (const n of jobs.map(source())) at.push(`${n} at ${now()}`);
    })();
    await app.clock.advance("1m");
    await read;
    expect(at).toEqual(["1 at 0", "2 at 10000", "3 at 20000"]);
  });

  it("does nothing before it is iterated, and can be iterated once", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(3);
    const jobs = queue(one, (n: number) => n);
    const results = jobs.map(source);
    await app.clock.settle();
    expect(state.read).toBe(0);
    expect(await results.toArray()).toEqual([1, 2, 3]);
    expect(await results.toArray()).toEqual([]);
  });
});

describe("T7 queue.map does not run ahead", () => {
  it("by more than twice as many items as run at once", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(100);
    const jobs = queue(one, (n: number) => n, { concurrency: 3 });
    const results = jobs.map(source)[Symbol.asyncIterator]();
    for (let taken = 1; taken <= 20; taken++) {
      await results.next();
      await app.clock.settle();
      expect(state.read - taken).toBeLessThanOrEqual(6);
    }
    expect(state.read).toBeGreaterThan(20);
    await results.return?.();
    expect(state.closed).toBe(true);
  });

  it("of the room in the queue, which it shares with who pushes", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(100);
    const jobs = queue(one, () => one.sleep("1s"), { concurrency: 3, capacity: 2 });
    for (let n = 0; n < 5; n++) jobs.push(0);
    const results = jobs.map(source)[Symbol.asyncIterator]();
    const first = results.next();
    await app.clock.settle();
    // It waits for room with one in hand.
    expect([state.read, jobs.size]).toEqual([1, 3]);
    expect(() => jobs.push(0)).toThrow("is full");
    await app.clock.advance("3s");
    await first;
    await results.return?.();
    await app.clock.advance("1m");
    expect(jobs.isIdle).toBe(true);
  });
});

describe("T7 queue.map ends", () => {
  it("with the first failure in order: what is ahead is cancelled, the source closed, others go on", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(100);
    const done: number[] = [];
    const jobs = queue(
      one,
      async (n: number) => {
        if (n === 3) throw new Error("three");
        await one.sleep("1s");
        done.push(n);
        return n;
      },
      { concurrency: 2 },
    );
    const other = jobs.push(1_000);
    const results: number[] = [];
    const read = outcome(
      (async () => {
        for await (const n of jobs.map(source)) results.push(n);
      })(),
    );
    await app.clock.advance("1m");
    expect(await read).toMatchObject({ error: { message: "three" } });
    expect(results).toEqual([1, 2]);
    expect(await other).toBe(1_000);
    expect([state.closed, jobs.isIdle]).toEqual([true, true]);
    expect(done).toContain(1_000);
    expect(state.read).toBeLessThan(10);
    expect(app.errors).toEqual([]);
  });

  it("with a break: what is ahead is cancelled", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(100);
    const jobs = queue(one, (n: number) => n, { concurrency: 2 });
    for await (const n of jobs.map(source)) if (n === 2) break;
    expect(state.closed).toBe(true);
    await app.clock.settle();
    expect(jobs.isIdle).toBe(true);
  });

  it("with a failure of its source, after the results that came before it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, (n: number) => n);
    function* source() {
      yield 1;
      yield 2;
      throw new Error("broken");
    }
    const results: number[] = [];
    await expect(
      (async () => {
        for await (const n of jobs.map(source())) results.push(n);
      })(),
    ).rejects.toThrow("broken");
    expect(results).toEqual([1, 2]);
  });

  it("with the queue: what was pushed is worked off, then NotRunningError, though the source hangs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, (n: number) => n);
    const closed: string[] = [];
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]() {
        let n = 0;
        return {
          next: () => (++n <= 2 ? Promise.resolve({ value: n, done: false }) : new Promise(() => {})),
          return: () => {
            closed.push("closed");
            return new Promise(() => {});
          },
        };
      },
    };
    const results: number[] = [];
    const read = outcome(
      (async () => {
        for await (const n of jobs.map(source)) results.push(n);
      })(),
    );
    await app.clock.settle();
    await app.stop();
    expect(await read).toMatchObject({ error: expect.any(NotRunningError) });
    expect(results).toEqual([1, 2]);
    expect(closed).toEqual(["closed"]);
  });

  it("leaves alone what somebody else has pushed under the same key", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, doubled(one), { unique: (n: number) => n });
    jobs.push(1);
    const own = jobs.push(5);
    const results = jobs.map([1, 5, 3])[Symbol.asyncIterator]();
    const first = results.next();
    await app.clock.advance("1s");
    expect(await first).toEqual({ value: 2, done: false });
    await results.return?.();
    expect([own.state, jobs.size]).toEqual(["running", 0]);
    await app.clock.advance("5s");
    expect(await own).toBe(10);
    expect(jobs.isIdle).toBe(true);
  });
});
