import { type Queue, type QueueItem, queue } from "@pawl/background";
import { NotRunningError, Service, type StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { appWithOne, type One, outcome } from "../one-service.ts";

/** Two queues of one service: what goes through the first goes on into the second. */
function pipeline(one: One, log: string[]) {
  const second: Queue<string> = queue(one, async (item: string) => {
    await one.sleep("1s");
    log.push(`second ${item}`);
  });
  const first = queue(one, async (item: string) => {
    await one.sleep("1s");
    log.push(`first ${item}`);
    second.push(item);
  });
  return { first, second };
}

describe("S1 T7 While a stop drains it, a queue takes what the drain leads to", () => {
  it.each(["first", "second"] as const)("from an item of another queue of its service, made %s", async (order) => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    let first: Queue<string>;
    if (order === "first") ({ first } = pipeline(one, log));
    else {
      let second: Queue<string> | undefined;
      first = queue(one, (item: string) => void second?.push(item));
      second = queue(one, async (item: string) => {
        await one.sleep("1s");
        log.push(`second ${item}`);
      });
    }
    for (const item of ["a", "b", "c"]) first.push(item);
    const stopped = app.stop().then(now);
    await app.clock.advance("10s");
    expect(await stopped).toBe(order === "first" ? 4_000 : 3_000);
    expect(log.filter((line) => line.startsWith("second"))).toEqual(["second a", "second b", "second c"]);
    expect(app.errors).toEqual([]);
  });

  it("also what the item awaits, and from an item of its own", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const sums = queue(one, async (n: number) => {
      await one.sleep("1s");
      return n * 2;
    });
    const log: number[] = [];
    const jobs: Queue<number> = queue(one, async (n: number) => {
      await one.sleep("1s");
      log.push(await sums.push(n));
      if (n < 3) jobs.push(n + 1);
    });
    jobs.push(1);
    const stopped = app.stop();
    await app.clock.advance("9s");
    await stopped;
    expect(log).toEqual([2, 4, 6]);
  });

  it("from a buffered listener that is worked off", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const done: number[] = [];
    const jobs = queue(one, async (n: number) => {
      await one.sleep("1s");
      done.push(n);
    });
    one.listen(
      "number",
      async (n) => {
        await one.sleep("1s");
        jobs.push(n as number);
      },
      { concurrency: 1 },
    );
    for (const n of [1, 2]) one.emit("number", n);
    const stopped = app.stop();
    await app.clock.advance("9s");
    await stopped;
    expect(done).toEqual([1, 2]);
  });

  it("and nothing from a task, a timer that the drain has set, or from outside", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const done: string[] = [];
    const refused: unknown[] = [];
    const jobs: Queue<string> = queue(one, async (item: string) => {
      if (item === "first") setImmediate(() => push("by a timer of Node, when the item has ended"));
      await one.sleep("1s");
      done.push(item);
    });
    const push = (item: string) => void jobs.push(item).catch((error: unknown) => refused.push(error));
    one.spawn(async () => {
      await one.sleep("500ms");
      push("by a task");
    });
    jobs.push("first");
    jobs.push("last");
    const stopped = app.stop();
    await app.clock.advance("500ms");
    push("from outside");
    await app.clock.advance("5s");
    await stopped;
    // The timer is that of an item that is still at work.
    expect(done).toEqual(["first", "last", "by a timer of Node, when the item has ended"]);
    expect(refused).toMatchObject([{ code: "PAWL_NOT_RUNNING" }, { code: "PAWL_NOT_RUNNING" }]);
  });

  it("nor from an item of another service, whose own run it is not", async () => {
    class Owner extends Service {
      jobs!: Queue<number>;
      override onStart() {
        this.jobs = queue(this, () => this.sleep("5s"), { label: "slow" });
        this.jobs.push(0);
      }
    }
    const [early, late] = [new Owner(), new Owner()];
    await using app = await testApp({ providers: { early, late } });
    const pushed: QueueItem[] = [];
    const others = queue(early, async () => {
      await early.sleep("1s");
      const item = late.jobs.push(1);
      item.catch(() => {});
      pushed.push(item);
    });
    others.push(0);
    const stopped = app.stop();
    await app.clock.advance("30s");
    await stopped;
    expect(pushed.map(({ state }) => state)).toEqual(["refused"]);
  });

  it("until the drain is over: what is pushed without end is left, and told", async () => {
    const { app, one } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const log: number[] = [];
    const jobs: Queue<number> = queue(one, async (n: number) => {
      await one.sleep("1s");
      log.push(n);
      jobs.push(n + 1);
    });
    jobs.push(1);
    const stopped = outcome(app.stop());
    await app.clock.advance("30s");
    const { error } = (await stopped) as { error: StopError };
    expect(error.errors).toMatchObject([{ code: "PAWL_QUEUE_LEFT", items: 1 }]);
    expect(log.length).toBeLessThanOrEqual(3);
    await expect(jobs.push(0)).rejects.toThrow(NotRunningError);
  });

  it("shows that it is draining, and one that its user has closed takes nothing in a drain either", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const { first, second } = pipeline(one, log);
    void second.close();
    first.push("a");
    const stopped = outcome(app.stop());
    await app.clock.settle();
    expect(app.inspect().services[0]?.activities).toMatchObject([{ kind: "queue", draining: true }, { kind: "sleep" }]);
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({ error: { errors: [{ cause: { code: "PAWL_NOT_RUNNING" } }] } });
    expect(log).toEqual(["first a"]);
  });
});

describe("S1 An item that was cancelled before the stop", () => {
  it("is not counted among what was left, though it ended after that", async () => {
    const { app, one } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const jobs = queue(
      one,
      async (_n: number) => {
        // Heeds the end of the service, not its own.
        await one.sleep("1h");
      },
      { concurrency: 2 },
    );
    const items = [1, 2].map((n) => jobs.push(n));
    for (const item of items) item.catch(() => {});
    await app.clock.settle();
    items[0]?.cancel();
    const stopped = outcome(app.stop());
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({ error: { errors: [{ code: "PAWL_QUEUE_LEFT", items: 1 }] } });
    expect(app.facts.of("queue.left")).toMatchObject([{ items: 1 }]);
    expect(items.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  });
});

describe("inspect()", () => {
  it("says when the last try began, and when the next one is due of those that wait for theirs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wallTime = app.clock.wallTime();
    const at = (ms: number) => new Date(wallTime + ms).toISOString();
    const jobs = queue(
      one,
      (_n: number, { attempt }) => {
        if (attempt === 1) throw new Error("not yet");
      },
      { attempts: 2, backoff: "1m" },
    );
    const figures = () => app.inspect().services[0]?.activities[0];
    expect(figures()).not.toHaveProperty("lastAt");
    jobs.push(1);
    await app.clock.advance("10s");
    jobs.push(2);
    await app.clock.settle();
    expect(figures()).toMatchObject({ size: 2, lastAt: at(10_000), nextAt: at(60_000) });
    await app.clock.advance("50s");
    expect(figures()).toMatchObject({ size: 1, lastAt: at(60_000), nextAt: at(70_000) });
    await app.clock.advance("10s");
    expect(figures()).not.toHaveProperty("nextAt");
  });
});
