import { type Queue, queue } from "@pawl/background";
import { type Kernel, NotRunningError, RetryLater, Service, StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { appWithOne, outcome } from "../one-service.ts";

const unlessAborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("T7 S1 A stop lets a queue work off what it holds", () => {
  it("before any signal is aborted, and takes no more from elsewhere", async () => {
    const log: string[] = [];
    class Shop extends Service {
      jobs!: Queue<string>;
      override onStart() {
        this.jobs = queue(this, this.work);
        this.addCleanup(() => log.push("cleanup"));
        for (const item of ["a", "b", "c"]) this.jobs.push(item);
      }
      override onStop() {
        this.jobs.push("of onStop");
        log.push("onStop");
      }
      async work(item: string, { signal }: { signal: AbortSignal }) {
        await this.sleep("1s");
        log.push(`${item} ${signal.aborted || this.signal.aborted ? "aborted" : "alive"}`);
      }
    }
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    const stopped = app.stop();
    await app.clock.settle();
    const refused = outcome(shop.jobs.push("late"));
    await app.clock.advance("4s");
    await stopped;
    expect(await refused).toMatchObject({
      error: {
        message:
          "shop: push() was called while it is stopping; it takes work only while starting, running and in its own onStop()",
      },
    });
    expect(log).toEqual(["onStop", "a alive", "b alive", "c alive", "of onStop alive", "cleanup"]);
  });

  it("also one that is paused", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const done: number[] = [];
    const jobs = queue(one, (n: number) => done.push(n));
    jobs.pause();
    jobs.push(1);
    jobs.push(2);
    await app.stop();
    expect(done).toEqual([1, 2]);
  });

  it("and takes no time where there is nothing to do", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    queue(one, () => {});
    await app.stop();
    expect(now()).toBe(0);
  });

  it("an item may ask for the stop itself, and so may one that somebody of it waits for", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, async (item: string) => {
      if (item === "stops") await app.stop();
      log.push(item);
    });
    one.spawn(async () => {
      await jobs.push("stops");
      log.push("task");
    });
    jobs.push("other");
    await app.wait();
    expect(log).toEqual(["other", "stops", "task"]);
  });

  it("an item of another service may stop the service that waits for it", async () => {
    class Worker extends Service {}
    class Client extends Service {}
    const worker = new Worker();
    const client = new Client();
    await using app = await testApp({ providers: { worker, client } });
    const log: string[] = [];
    const jobs = queue(worker, async (item: string) => {
      if (item === "awaited") await client.stop();
      log.push(item);
    });
    jobs.push("before it");
    client.spawn(async () => {
      await jobs.push("awaited");
      log.push("got it");
    });
    await app.clock.settle();
    expect(log).toEqual(["before it", "awaited", "got it"]);
    expect(app.clock.now()).toBe(0);
  });

  it("failures of the drain are in the StopError, unless they are somebody's", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      async (n: number) => {
        await one.sleep("1s");
        throw new Error(`no ${n}`);
      },
      { concurrency: 2, onError: "crash", label: "work" },
    );
    jobs.push(1);
    const held = outcome(jobs.push(2));
    const stopped = outcome(app.stop());
    await app.clock.advance("1s");
    expect(await stopped).toMatchObject({
      error: { errors: [{ code: "PAWL_STEP_FAILED", path: "one", step: 'queue "work"', cause: { message: "no 1" } }] },
    });
    expect(await held).toMatchObject({ error: { message: "no 2" } });
  });
});

describe("T7 S3 A drain is bounded by stopTimeout", () => {
  it("what is left is cancelled and told as one error that counts it", async () => {
    const { app, one, now } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const jobs = queue(
      one,
      async (_n: number, { signal }) => {
        await Promise.race([one.sleep("2s"), unlessAborted(signal)]);
      },
      { label: "work" },
    );
    const items = [1, 2, 3, 4].map((n) => jobs.push(n));
    const rejected = outcome(items[3] as PromiseLike<void>);
    const stopped = outcome(app.stop()).then((result) => ({ result, at: now() }));
    await app.clock.advance("10s");
    const { result, at } = await stopped;
    expect(at).toBe(3_000);
    const { error } = result as { error: StopError };
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({
      code: "PAWL_QUEUE_LEFT",
      path: "one",
      items: 3,
      message:
        'one: queue "work" ended with 3 items not worked off. Raise stopTimeout, or keep what must not be lost where it outlives the process',
    });
    expect(items.map(({ state }) => state)).toEqual(["succeeded", "cancelled", "cancelled", "cancelled"]);
    expect(await rejected).toMatchObject({ error: { name: "AbortError", path: "one" } });
    expect(app.facts.of("queue.left")).toMatchObject([{ path: "one", label: "work", items: 3 }]);
  });

  it("an item that heeds nothing is abandoned and named", async () => {
    const { app, one, now } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const jobs = queue(one, () => new Promise<void>(() => {}), { label: "work" });
    const items = [1, 2].map((n) => jobs.push(n));
    const stopped = outcome(app.stop());
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      error: {
        errors: [
          { code: "PAWL_QUEUE_LEFT", items: 1 },
          { message: 'one: queue "work" was still running after 3s; it was left behind' },
        ],
      },
    });
    expect(now()).toBe(10_000);
    expect(items.map(({ state }) => state)).toEqual(["failed", "cancelled"]);
    await expect(items[0]).rejects.toMatchObject({ code: "PAWL_ABANDONED" });
  });

  it("waits for the next try of an item where that fits, and leaves it at once where it does not", async () => {
    const { app, one, now } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(one, ([item, after]: readonly [string, number], { attempt }) => {
      log.push(`${item} at ${now()}`);
      if (attempt === 1) throw new RetryLater(after);
    });
    jobs.push(["soon", 2]);
    jobs.push(["late", 60]);
    await app.clock.settle();
    const stopped = outcome(app.stop()).then((result) => ({ result, at: now() }));
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      at: 2_000,
      result: { error: { errors: [{ code: "PAWL_QUEUE_LEFT", items: 1 }] } },
    });
    expect(log).toEqual(["soon at 0", "late at 0", "soon at 2000"]);
  });

  it("an item that fails in the drain and has no time for another try has failed; one that asks for later is left", async () => {
    const { app, one, now } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const jobs = queue(
      one,
      async (error: Error) => {
        await one.sleep("1s");
        throw error;
      },
      { attempts: 9, backoff: "1m", concurrency: 2 },
    );
    jobs.push(new Error("no"));
    jobs.push(new RetryLater("1m"));
    const stopped = outcome(app.stop()).then((result) => ({ result, at: now() }));
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      at: 1_000,
      result: {
        error: { errors: [{ code: "PAWL_QUEUE_LEFT", items: 1 }, { cause: { message: "no" } }] },
      },
    });
  });
});

describe("T7 V1 A crash cancels a queue at once", () => {
  it("and what it held is told", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = outcome(app.wait());
    const jobs = queue(one, (_n: number, { signal }) => unlessAborted(signal), { label: "work" });
    const items = [1, 2, 3].map((n) => jobs.push(n));
    await app.clock.settle();
    one.fail(new Error("fire"));
    expect(items.map(({ state }) => state)).toEqual(["running", "cancelled", "cancelled"]);
    await expect(jobs.push(4)).rejects.toThrow(NotRunningError);
    await app.clock.settle();
    expect(await ended).toMatchObject({ error: { code: "PAWL_CRASHED", message: "one crashed: fire" } });
    expect(items[0]?.state).toBe("cancelled");
    const told = [...app.errors.map(({ error }) => error)].flatMap((error) =>
      error instanceof StopError ? error.errors : [error],
    );
    expect(told).toMatchObject([{ code: "PAWL_QUEUE_LEFT", items: 3 }]);
  });

  it("one that is paused too: nothing of it begins any more", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = outcome(app.wait());
    let calls = 0;
    const jobs = queue(one, () => calls++);
    jobs.pause();
    const items = [1, 2].map((n) => jobs.push(n));
    one.fail(new Error("fire"));
    await ended;
    expect([calls, items.map(({ state }) => state)]).toEqual([0, ["cancelled", "cancelled"]]);
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_QUEUE_LEFT", items: 2 } }]);
  });
});

describe("T7 S8 What a stop has left behind", () => {
  it("pushes nothing any more, also into the queue of a later run", async () => {
    class Shop extends Service {
      jobs!: Queue<string>;
      readonly done: string[] = [];
      override onStart() {
        this.jobs = queue(this, (item: string) => void this.done.push(item));
      }
    }
    const shop = new Shop();
    await using app = await testApp({ providers: { shop }, stopTimeout: "1s" }, { leaks: false });
    const gate = Promise.withResolvers<void>();
    const late = shop.spawn(async () => {
      await gate.promise;
      shop.jobs.push("late");
    });
    late.catch(() => {});
    const stopped = outcome(app.stop());
    await app.clock.advance("5s");
    expect(await stopped).toMatchObject({ error: { errors: [{ code: "PAWL_ABANDONED" }] } });
    await (app as Kernel).start();
    gate.resolve();
    await app.clock.settle();
    expect(shop.done).toEqual([]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual([
      "shop: push() was called by a call that a stop has left behind; look at its signal",
    ]);
    shop.jobs.push("now");
    await app.clock.settle();
    expect(shop.done).toEqual(["now"]);
  });
});
