import { setImmediate as nextTurn } from "node:timers/promises";
import { queue } from "@pawl/background";
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
    await expect(jobs.push(0)).rejects.toThrow("is full");
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

  it.each([
    ["its queue: what was pushed is worked off, then NotRunningError", "PAWL_NOT_RUNNING"],
    ["the stop: what was pushed is worked off, then the AbortError of the run", "PAWL_ABORTED"],
  ])("with %s, though the source hangs", async (_what, code) => {
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
    await (code === "PAWL_ABORTED" ? app.stop() : jobs.close());
    expect(await read).toMatchObject({ error: { code } });
    expect(results).toEqual([1, 2]);
    expect(closed).toEqual(["closed"]);
  });

  it("in a stop without a failure of the task that reads: it gives what is ahead, and takes no more", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const { state, source } = numbers(100);
    const jobs = queue(one, doubled(one));
    const results: string[] = [];
    const task = one.spawn(async () => {
      for await (const result of jobs.map(source)) results.push(`${result} at ${now()}`);
    });
    const ended = outcome(task);
    await app.clock.advance("1s");
    expect(state.read).toBe(4);
    const stopped = app.stop();
    await app.clock.advance("30s");
    await stopped;
    expect(results).toEqual(["2 at 1000", "4 at 3000", "6 at 6000", "8 at 10000"]);
    expect(state.read).toBe(4);
    expect(await ended).toMatchObject({ error: { name: "AbortError", message: "one: stopped" } });
    expect([task.state, state.closed]).toEqual(["cancelled", true]);
    expect(app.errors).toEqual([]);
  });

  it.each([
    ["began before it", "0s"],
    ["began in it", "5s"],
  ] as const)("in a stop not at all for an item that the stop works off, where that %s", async (_what, after) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const inner = queue(one, doubled(one));
    const outer = queue(one, async (n: number) => {
      if (after !== "0s") await one.sleep(after);
      return await inner.map([n, 1, 1, 1, 1]).toArray();
    });
    const all = outer.push(1);
    await app.clock.advance("1500ms");
    const stopped = app.stop();
    await app.clock.advance("30s");
    await stopped;
    expect(await all).toEqual([2, 2, 2, 2, 2]);
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

describe("T7 queue.map swallows no failure", () => {
  const failing = (one: One) => async (n: number) => {
    await one.sleep(`${n}s`);
    throw new Error(`no ${n}`);
  };

  it("the first is the reader's, later ones go to onError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, failing(one), { concurrency: 2, label: "work" });
    const read = outcome(jobs.map([2, 1]).toArray());
    await app.clock.advance("2s");
    expect(await read).toMatchObject({ error: { message: "no 2" } });
    expect(app.errors).toMatchObject([{ error: { message: "no 1" }, origin: { label: 'queue "work"' } }]);
  });

  it("so does what an item in flight throws after it was cancelled, other than an AbortError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      async (n: number, { signal }) => {
        if (n === 4)
          await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return await (n === 1 ? n : failing(one)(n));
      },
      { concurrency: 3 },
    );
    const results: number[] = [];
    const read = outcome(
      (async () => {
        for await (const n of jobs.map([1, 2, 3, 4])) results.push(n);
      })(),
    );
    await app.clock.advance("10s");
    expect(await read).toMatchObject({ error: { message: "no 2" } });
    expect(results).toEqual([1]);
    expect(app.errors).toMatchObject([{ error: { message: "no 3" } }]);
  });

  it("and what has failed by a break", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, async (n: number) => (n === 1 ? one.sleep("5s") : failing(one)(n)), { concurrency: 2 });
    const read = (async () => {
      for await (const _result of jobs.map([1, 2, 3])) break;
    })();
    await app.clock.advance("4s");
    // It may still come to it.
    expect(app.errors).toEqual([]);
    await app.clock.advance("10s");
    await read;
    expect(app.errors).toMatchObject([{ error: { message: "no 2" } }, { error: { message: "no 3" } }]);
  });

  it("nor that of who never comes back: it is told when the stop aborts signals", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, (n: number) => (n === 1 ? n : failing(one)(n)), { concurrency: 2 });
    await jobs.map([1, 2, 3])[Symbol.asyncIterator]().next();
    await app.clock.advance("10s");
    expect(app.errors).toEqual([]);
    expect(await outcome(app.stop())).toMatchObject({
      error: { errors: [{ cause: { message: "no 2" } }, { cause: { message: "no 3" } }] },
    });
  });
});
