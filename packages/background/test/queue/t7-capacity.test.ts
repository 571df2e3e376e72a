import { type QueueItem, queue } from "@pawl/background";
import { describe, expect, it } from "vitest";
import { appWithOne, type One, outcome } from "../one-service.ts";

const slowly = (one: One) => () => one.sleep("1s");

describe("T7 A queue is bounded", () => {
  it("by 1 000 items that wait, unless it says otherwise", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one));
    for (let n = 0; n <= 1_000; n++) jobs.push(n);
    expect([jobs.running, jobs.size]).toEqual([1, 1_000]);
    await expect(jobs.push(1_001)).rejects.toThrow(
      'one: queue "anonymous" is full: 1000 items wait. Push less, raise its capacity or concurrency, or choose what gives way with overflow',
    );
    jobs.cancel();
  });

  it("and counts what it refuses, in its figures and in facts", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 1, label: "slow" });
    jobs.push(1);
    jobs.push(2);
    const refused = [jobs.push(3), jobs.push(4)];
    for (const item of refused)
      await expect(item.catch((error) => error)).resolves.toMatchObject({ code: "PAWL_QUEUE_FULL" });
    expect(app.facts.of("queue.dropped")).toMatchObject([
      { path: "one", label: "slow", overflow: "error" },
      { path: "one", label: "slow", overflow: "error" },
    ]);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ dropped: 2, size: 1, running: 1 });
    await app.clock.advance("1s");
    expect(jobs.push(5).state).toBe("waiting");
  });

  it("takes any number where it says so, and shows no capacity then", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: Number.POSITIVE_INFINITY });
    for (let n = 0; n < 5_000; n++) jobs.push(n);
    expect(jobs.size).toBe(4_999);
    expect(app.inspect().services[0]?.activities[0]).not.toHaveProperty("capacity");
    jobs.cancel();
  });

  it("the items that wait for another try count, and come back into a full queue", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      (item: string, { attempt }) => {
        log.push(`${item}${attempt}`);
        if (item === "a" && attempt === 1) throw new Error("not yet");
      },
      { capacity: 1, attempts: 2, backoff: "1s" },
    );
    jobs.push("a");
    await app.clock.settle();
    expect(jobs.size).toBe(1);
    await expect(jobs.push("b")).rejects.toThrow("is full");
    await app.clock.advance("1s");
    expect(log).toEqual(["a1", "a2"]);
  });
});

describe("T7 An item that is refused", () => {
  it("rejects for who holds its handle, as any failure does", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 1 });
    for (const n of [1, 2]) jobs.push(n);
    const caught: unknown[] = [];
    const refused = jobs.push(3);
    expect([refused.state, refused.attempts]).toEqual(["refused", 0]);
    refused.catch((error: unknown) => caught.push(error));
    refused.cancel();
    // Whoever waits for its place is told there.
    await expect(jobs.push(4).queued).rejects.toMatchObject({ code: "PAWL_QUEUE_FULL" });
    await app.clock.settle();
    expect(caught).toMatchObject([{ code: "PAWL_QUEUE_FULL" }]);
    expect(app.errors).toEqual([]);
  });

  it("goes to onError where nobody does", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const told: unknown[] = [];
    const jobs = queue(one, slowly(one), { capacity: 1, label: "a" });
    const own = queue(one, slowly(one), { capacity: 1, onError: (error) => void told.push(error) });
    for (const n of [1, 2, 3]) jobs.push(n);
    for (const n of [1, 2, 3]) own.push(n);
    await app.clock.settle();
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_QUEUE_FULL" }, origin: { label: 'queue "a"' } }]);
    expect(told).toMatchObject([{ code: "PAWL_QUEUE_FULL" }]);
    // Its service has stopped: that goes to the app's.
    const stopped = app.stop();
    await app.clock.advance("5s");
    await stopped;
    own.push(4);
    await app.clock.settle();
    expect(told).toHaveLength(1);
    expect(app.errors).toMatchObject([{}, { error: { code: "PAWL_NOT_RUNNING" } }]);
  });
});

describe('T7 { overflow: "drop-newest" }', () => {
  it("drops what is pushed while it is full; its holder is told, else nobody", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 1, overflow: "drop-newest" });
    const items = [1, 2, 3, 4].map((n) => jobs.push(n, { priority: n }));
    expect(items.map(({ state }) => state)).toEqual(["running", "waiting", "dropped", "dropped"]);
    expect(await outcome(items[2] as QueueItem)).toMatchObject({
      error: {
        code: "PAWL_QUEUE_DROPPED",
        message: 'one: queue "anonymous" was full, and this item was dropped, as its overflow says',
      },
    });
    await app.clock.advance("2s");
    expect(items.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "dropped", "dropped"]);
    expect(app.errors).toEqual([]);
    expect(app.facts.of("queue.dropped")).toHaveLength(2);
  });
});

describe('T7 { overflow: "drop-oldest" }', () => {
  it("drops the one that has waited longest", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 2, overflow: "drop-oldest" });
    const items = [1, 2, 3, 4, 5].map((n) => jobs.push(n));
    expect(items.map(({ state }) => state)).toEqual(["running", "dropped", "dropped", "waiting", "waiting"]);
    expect(jobs.size).toBe(2);
    await expect(items[1]).rejects.toMatchObject({ code: "PAWL_QUEUE_DROPPED" });
    jobs.cancel();
  });

  it("of the lowest priority, and none for one whose priority is lower still", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 2, overflow: "drop-oldest" });
    const items = [0, 5, 1, 3, 2].map((priority) => jobs.push(priority, { priority }));
    expect(items.map(({ state }) => state)).toEqual(["running", "waiting", "dropped", "waiting", "dropped"]);
    jobs.cancel();
  });

  it("drops one that waits for another try where no other waits", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, () => Promise.reject(new Error("no")), {
      capacity: 1,
      overflow: "drop-oldest",
      attempts: 2,
      backoff: "1h",
    });
    const first = jobs.push(1);
    await app.clock.settle();
    const second = jobs.push(2);
    expect([first.state, second.state]).toEqual(["dropped", "running"]);
    expect(app.clock.pending).toEqual([]);
    jobs.cancel();
  });

  it("an item that was dropped frees its key", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(one, slowly(one), { capacity: 1, overflow: "drop-oldest", unique: (n: number) => n });
    const [, two] = [1, 2, 3].map((n) => jobs.push(n));
    expect(two?.state).toBe("dropped");
    expect(jobs.push(2)).not.toBe(two);
    jobs.cancel();
  });
});

describe('T7 { overflow: "wait" }', () => {
  it("takes every item, and tells its producer when it has a place", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, slowly(one), { capacity: 2, overflow: "wait" });
    const produce = async () => {
      for (let n = 1; n <= 6; n++) {
        await jobs.push(n).queued;
        log.push(`${n} at ${now()}`);
      }
    };
    const produced = produce();
    await app.clock.advance("10s");
    await produced;
    expect(log).toEqual(["1 at 0", "2 at 0", "3 at 0", "4 at 1000", "5 at 2000", "6 at 3000"]);
    expect(jobs.isIdle).toBe(true);
  });

  it("gives places in the order of the pushes, and lets go of producers whose item is cancelled", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, slowly(one), { capacity: 1, overflow: "wait" });
    const items = ["a", "b", "c", "d", "e"].map((name) => {
      const item = jobs.push(name);
      void item.queued.then(() => log.push(name));
      return item;
    });
    await app.clock.settle();
    expect(log).toEqual(["a", "b"]);
    items[3]?.cancel();
    await app.clock.settle();
    expect(log).toEqual(["a", "b", "d"]);
    await app.clock.advance("1s");
    expect(log).toEqual(["a", "b", "d", "c"]);
    await app.clock.advance("3s");
    expect(log).toEqual(["a", "b", "d", "c", "e"]);
    expect(jobs.isIdle).toBe(true);
  });

  it("is worked off in a stop like all others", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const done: number[] = [];
    const jobs = queue(
      one,
      async (n: number) => {
        await one.sleep("1s");
        done.push(n);
      },
      { capacity: 1, overflow: "wait" },
    );
    for (const n of [1, 2, 3, 4]) jobs.push(n);
    const stopped = one.stop();
    await app.clock.advance("4s");
    await stopped;
    expect(done).toEqual([1, 2, 3, 4]);
  });
});
