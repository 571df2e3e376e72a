import { type Queue, queue } from "@pawl/background";
import { describe, expect, it } from "vitest";
import { appWithOne, outcome } from "../one-service.ts";

describe("T7 An item that would wait for itself gets an error", () => {
  const waits: Record<string, (jobs: Queue<string>) => unknown> = {
    "onIdle()": (jobs) => jobs.onIdle(),
    "close()": (jobs) => jobs.close(),
    queued: async (jobs) => {
      jobs.push("fills it");
      await jobs.push("has no place").queued;
    },
    "the results of map()": (jobs) => jobs.map(["other"]).toArray(),
  };

  it.each(Object.keys(waits))("that awaits %s of its own queue", async (what) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs: Queue<string> = queue(
      one,
      async (item: string) => {
        if (item === "waits") await waits[what]?.(jobs);
      },
      { capacity: 1, overflow: "wait", label: "work" },
    );
    expect(await outcome(jobs.push("waits"))).toMatchObject({
      error: {
        code: "PAWL_QUEUE_DEADLOCK",
        path: "one",
        message: `one: an item of queue "work" waits for ${what} of that queue, and so for itself. Wait in a task instead (spawn), or do not wait`,
      },
    });
    await jobs.onIdle();
    expect(jobs.isIdle).toBe(true);
  });

  it("and none where it does not wait, where a task waits, or where another item makes room", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs: Queue<string> = queue(
      one,
      async (item: string) => {
        log.push(item);
        if (item === "second") {
          jobs.push("third");
          await jobs.push("fourth").queued;
          one.spawn(async () => {
            await jobs.onIdle();
            log.push("idle");
          });
        }
        if (item === "fourth") void jobs.close();
        await one.sleep("1s");
      },
      { capacity: 1, overflow: "wait", concurrency: 2 },
    );
    jobs.push("first");
    jobs.push("second");
    await app.clock.advance("10s");
    expect(log).toEqual(["first", "second", "third", "fourth", "idle"]);
    expect(app.errors).toEqual([]);
  });

  it("and none in an item of another queue", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const inner = queue(one, (n: number) => n * 2);
    const outer = queue(one, async (n: number) => {
      const all = await inner.map([n, n + 1]).toArray();
      await inner.onIdle();
      return all;
    });
    expect(await outer.push(1)).toEqual([2, 4]);
  });
});
