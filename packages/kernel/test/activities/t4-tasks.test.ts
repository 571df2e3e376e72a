import { AbandonedError, CrashError, Service, StepError, type StopError, type Task } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  return { app, one };
}

const boom = async (): Promise<never> => {
  throw new Error("boom");
};

describe("T4 spawn calls its function in a microtask", () => {
  it("begins one of a synchronous onStart while its service is starting", async () => {
    const states: unknown[] = [];
    class Shop extends Service {
      override onStart() {
        this.spawn(() => void states.push(this.app.inspect().services[0]?.state));
      }
    }
    await using _app = await testApp({ providers: { shop: new Shop() } });
    expect(states).toEqual(["starting"]);
  });

  it("never before it has returned, and before the turn ends", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    one.spawn(() => order.push("task"));
    order.push("returned");
    await Promise.resolve();
    expect(order).toEqual(["returned", "task"]);
  });

  it("on the service, with its arguments and then { signal }", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[][] = [];
    function work(this: unknown, ...args: unknown[]) {
      seen.push([this, ...args]);
    }
    const payload = { id: 1 };
    await one.spawn(work, "a", payload, undefined);
    await one.spawn(work);
    expect(seen).toEqual([
      [one, "a", payload, undefined, { signal: expect.any(AbortSignal) }],
      [one, { signal: expect.any(AbortSignal) }],
    ]);
    expect(seen[0]?.[2]).toBe(payload);
  });

  it("gives a handle that resolves with what the function returns, synchronous or not, as often as it is awaited", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(async (a: number, b: number) => a + b, 1, 2);
    expect(task.state).toBe("running");
    expect(await task).toBe(3);
    expect(await task).toBe(3);
    expect(task.state).toBe("succeeded");
    expect(await one.spawn(() => "sync")).toBe("sync");
    expect(await one.spawn(boom).catch((error: unknown) => (error as Error).message)).toBe("boom");
  });

  it("shows the task in inspect() from the moment it was spawned", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.spawn(async function poll() {
      await one.sleep("10s");
    });
    const activities = () => app.inspect().services[0]?.activities.filter(({ kind }) => kind === "task");
    expect(activities()).toStrictEqual([{ kind: "task", label: "poll", state: "running", ms: 0 }]);
    await app.clock.advance("3s");
    expect(activities()).toMatchObject([{ ms: 3_000 }]);
    await app.clock.advance("7s");
    expect(activities()).toEqual([]);
  });
});

describe("T4 A failed task is a crash of its service", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects", boom],
    [
      "rejects later",
      async () => {
        await new Promise(setImmediate);
        throw new Error("boom");
      },
    ],
  ])("where nobody holds its handle: one that %s", async (_, fn) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const ended = app.wait().catch((error: unknown) => error);
    const task = one.spawn(fn);
    await app.clock.settle();
    const error = (await ended) as CrashError;
    expect(error).toBeInstanceOf(CrashError);
    expect(error).toMatchObject({ path: "one", cause: new Error("boom") });
    expect(task.state).toBe("failed");
    expect(app.state).toBe("stopped");
  });

  const holds: Record<string, (task: Task) => Promise<unknown>> = {
    "await task": async (task) => {
      try {
        return await task;
      } catch (error) {
        return error;
      }
    },
    "task.then": (task) => task.then(undefined, (error: unknown) => error),
    "task.catch": (task) => task.catch((error: unknown) => error),
    "task.finally": (task) => task.finally(() => {}).catch((error: unknown) => error),
    "Promise.allSettled": async (task) => ((await Promise.allSettled([task]))[0] as PromiseRejectedResult).reason,
  };

  it.each(Object.keys(holds))("unless somebody holds its handle from the beginning: by %s", async (how) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const error = await (holds[how] as (task: Task) => Promise<unknown>)(one.spawn(boom));
    await app.clock.settle();
    expect(error).toEqual(new Error("boom"));
    expect(app.errors).toEqual([]);
    expect(app.state).toBe("running");
  });

  it.each(Object.keys(holds))("or within one turn of the event loop after it failed: by %s", async (how) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(boom);
    // It has failed by now, and the turn is not over.
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(task.state).toBe("failed");
    expect(await (holds[how] as (task: Task) => Promise<unknown>)(task)).toEqual(new Error("boom"));
    await app.clock.settle();
    expect(app.state).toBe("running");
  });

  it("crashes it where the handle is held too late; who awaits it then sees the error as well", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    const task = one.spawn(boom);
    await app.clock.settle();
    expect(await ended).toBeInstanceOf(CrashError);
    await expect(task).rejects.toThrow("boom");
  });

  it("is told once: the holder's error goes nowhere else, the crash only to who waits for the app", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    one.spawn(boom);
    await app.clock.settle();
    await ended;
    expect(app.errors).toEqual([]);
  });
});

describe("T4 Cancelling a task", () => {
  it("before it has begun: it is never called, and who holds it sees the AbortError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const task = one.spawn(() => calls++);
    const dropped = one.spawn(() => calls++);
    task.cancel();
    dropped.cancel();
    dropped.cancel();
    expect(task.state).toBe("cancelled");
    await expect(task).rejects.toMatchObject({
      name: "AbortError",
      code: "PAWL_ABORTED",
      message: expect.stringMatching(/^one: task ".*" was cancelled$/),
    });
    await app.clock.settle();
    expect(calls).toBe(0);
    expect(app.errors).toEqual([]);
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
  });

  it("that runs: its signal is aborted, and an AbortError is no failure, of whomever it is", async () => {
    for (const make of [
      (signal: AbortSignal): unknown => signal.reason,
      () => new DOMException("a library's", "AbortError"),
      () => Object.assign(new Error("another library's"), { name: "AbortError" }),
    ]) {
      const { app, one } = await appWithOne();
      await using _ = app;
      const task = one.spawn(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw make(signal);
      });
      await app.clock.settle();
      task.cancel();
      task.cancel();
      await app.clock.settle();
      expect(task.state).toBe("cancelled");
      expect(app.errors).toEqual([]);
      expect(app.state).toBe("running");
    }
  });

  it("that ends with another error then: that goes to onError, and is no crash", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(async function poll({ signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("boom");
    });
    await app.clock.settle();
    task.cancel();
    await app.clock.settle();
    expect(task.state).toBe("failed");
    expect(app.errors).toEqual([{ error: new Error("boom"), origin: { path: "one", label: 'task "poll"' } }]);
    expect(app.state).toBe("running");
  });

  it("that ends with another error while somebody holds it: then it is theirs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("boom");
    });
    const seen = task.catch((error: unknown) => error);
    await app.clock.settle();
    task.cancel();
    expect(await seen).toEqual(new Error("boom"));
    await app.clock.settle();
    expect(app.errors).toEqual([]);
  });

  it("that succeeds all the same gives its result", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "saved";
    });
    await app.clock.settle();
    task.cancel();
    expect(await task).toBe("saved");
    expect(task.state).toBe("succeeded");
  });

  it("at the end of a `using` block", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let aborted = false;
    {
      using task = one.spawn(async ({ signal }) => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        await one.sleep("1h");
      });
      await app.clock.settle();
      expect(task.state).toBe("running");
    }
    expect(aborted).toBe(true);
  });

  it("after it has ended changes nothing", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const task = one.spawn(() => 1);
    await task;
    task.cancel();
    expect(task.state).toBe("succeeded");
    expect(await task).toBe(1);
  });

  it("takes an AbortError without a cancellation for a failure", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    one.spawn(async () => AbortSignal.abort().throwIfAborted());
    await app.clock.settle();
    expect(await ended).toBeInstanceOf(CrashError);
  });
});

describe("T4 Tasks at a stop", () => {
  it("are aborted and awaited; an AbortError is no failure of the stop", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    one.spawn(async ({ signal }) => {
      await one.sleep("1h").catch((error: unknown) => order.push((error as Error).name));
      await new Promise(setImmediate);
      order.push("task ended");
      signal.throwIfAborted();
    });
    one.addCleanup(() => order.push("cleanup"));
    await app.clock.settle();
    await one.stop();
    expect(order).toEqual(["AbortError", "task ended", "cleanup"]);
    expect(app.errors).toEqual([]);
  });

  it("that have not begun when their service crashes are never called", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    let calls = 0;
    const task = one.spawn(() => calls++);
    one.fail(new Error("boom"));
    expect(task.state).toBe("cancelled");
    expect(await ended).toBeInstanceOf(CrashError);
    expect(calls).toBe(0);
  });

  it("that fail put their error into the StopError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.spawn(async function poll({ signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("boom");
    });
    await app.clock.settle();
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error.errors).toEqual([expect.any(StepError)]);
    expect(error.errors[0]).toMatchObject({ path: "one", step: 'task "poll"', cause: new Error("boom") });
    expect(app.errors).toEqual([]);
  });

  it("that fail in the turn before the stop put it there too: the stop waits for the verdict", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    one.spawn(boom);
    await Promise.resolve();
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: "one", step: 'task "boom"', cause: new Error("boom") });
    expect(app.state).toBe("running");
  });

  it("that do not settle are named and left behind; who holds one sees that", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const held = one.spawn(async function poll() {
      await new Promise(() => {});
    });
    const seen = held.catch((error: unknown) => error);
    await app.clock.settle();
    const stop = one.stop().catch((error: unknown) => error as StopError);
    await app.clock.advance("10s");
    const error = (await stop) as StopError;
    expect(error.errors).toHaveLength(1);
    expect((error.errors[0] as Error).message).toBe('one: task "poll" was still running after 10s; it was left behind');
    expect(await seen).toBeInstanceOf(AbandonedError);
  });
});

describe("T5 Finished tasks leave the tree at once", () => {
  it("100 000 that ended leave nothing, in inspect() or in memory", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { gc } = globalThis;
    if (!gc) throw new Error("the tests run with --expose-gc");
    const round = async (n: number) => {
      for (let i = 0; i < n; i += 1_000) {
        for (let j = 0; j < 1_000; j++) one.spawn(j % 2 ? () => j : async () => j);
        await new Promise(setImmediate);
        if (i === 0) app.facts.clear();
      }
      app.facts.stop();
      app.facts.clear();
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = await round(1_000);
    const grown = (await round(100_000)) - before;
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
    // 100 bytes for each would be 10 MB.
    expect(grown).toBeLessThan(5_000_000);
  });

  it("a task that spawns its successor, for 100 000 generations, keeps none of them", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    app.facts.stop();
    let first: WeakRef<object> | undefined;
    let left = 100_000;
    const ended = new Promise<void>((resolve) => {
      function next() {
        const task = left-- > 0 ? one.spawn(next) : undefined;
        first ??= task && new WeakRef(task);
        if (!task) resolve();
      }
      one.spawn(next);
    });
    await ended;
    await new Promise(setImmediate);
    globalThis.gc?.();
    expect(first?.deref()).toBeUndefined();
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
  });
});

describe("T4 Nothing of a cancelled task is an unhandled rejection", () => {
  it("whether it was held, dropped, or cancelled before it began", async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", onUnhandled);
    onTestFinished(() => void process.off("unhandledRejection", onUnhandled));
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = async ({ signal }: { signal: AbortSignal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      signal.throwIfAborted();
    };
    one.spawn(wait).cancel();
    const running = one.spawn(wait);
    one.spawn(wait).then(undefined, () => {});
    await app.clock.settle();
    running.cancel();
    await one.stop();
    await app.clock.settle();
    expect(unhandled).toEqual([]);
  });
});
