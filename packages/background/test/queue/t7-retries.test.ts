import { queue } from "@pawl/background";
import { RetryLater } from "@pawl/kernel";
import { describe, expect, it, vi } from "vitest";
import { appWithOne } from "../one-service.ts";

describe("T7 { attempts } tries a failed item again", () => {
  it("after a backoff, counting the tries, and gives the result of the one that succeeds", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      (_n: number, { attempt }) => {
        log.push(`${attempt} at ${now()}`);
        if (attempt < 4) throw new Error(`no ${attempt}`);
        return "yes";
      },
      { attempts: 5, backoff: { initial: "1s", factor: 2, jitter: 0 }, label: "work" },
    );
    const item = jobs.push(1);
    await app.clock.settle();
    expect([item.state, item.attempts, jobs.size, jobs.running]).toEqual(["waiting", 1, 1, 0]);
    await app.clock.advance("10s");
    expect(await item).toBe("yes");
    expect(log).toEqual(["1 at 0", "2 at 1000", "3 at 3000", "4 at 7000"]);
    expect(app.errors).toEqual([]);
    expect(app.facts.of("retry.scheduled")).toMatchObject([
      { path: "one", label: "work", attempt: 2, ms: 1_000 },
      { path: "one", label: "work", attempt: 3, ms: 2_000 },
      { path: "one", label: "work", attempt: 4, ms: 4_000 },
    ]);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({
      retried: 3,
      done: 1,
      failed: 0,
      lastError: "no 3",
    });
  });

  it("and fails with the last error when there are no more", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      (_n: number, { attempt }) => {
        throw new Error(`no ${attempt}`);
      },
      { attempts: 3, backoff: "1s" },
    );
    const item = jobs.push(1);
    await app.clock.advance("10s");
    expect([item.state, item.attempts]).toEqual(["failed", 3]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["no 3"]);
  });

  it("at once without a backoff, behind what waits", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      (item: string, { attempt }) => {
        log.push(`${item}${attempt}`);
        if (attempt === 1) throw new Error("no");
      },
      { attempts: 2, backoff: false },
    );
    jobs.push("a");
    jobs.push("b");
    await app.clock.settle();
    expect(log).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("by default from 100ms on, doubling, up to half of it left to chance", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const at: number[] = [];
    queue(
      one,
      () => {
        at.push(now());
        throw new Error("no");
      },
      { attempts: 4 },
    )
      .push(1)
      .catch(() => {});
    await app.clock.advance("10s");
    expect(at).toEqual([0, 75, 225, 525]);
  });

  it("gives its place to others meanwhile", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      (item: string, { attempt }) => {
        log.push(`${item}${attempt} at ${now()}`);
        if (item === "a" && attempt === 1) throw new Error("no");
      },
      { attempts: 2, backoff: "5s" },
    );
    jobs.push("a");
    jobs.push("b");
    await app.clock.advance("10s");
    expect(log).toEqual(["a1 at 0", "b1 at 0", "a2 at 5000"]);
  });

  it("gives each try a signal of its own", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const signals = new Set<AbortSignal>();
    const jobs = queue(
      one,
      (_n: number, { signal }) => {
        signals.add(signal);
        throw new Error("no");
      },
      { attempts: 3, backoff: false },
    );
    await expect(jobs.push(1)).rejects.toThrow("no");
    expect(signals.size).toBe(3);
  });

  it("is cancelled while it waits for its next try", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let calls = 0;
    const jobs = queue(one, () => Promise.reject(new Error(`${++calls}`)), { attempts: 3, backoff: "1s" });
    const item = jobs.push(1);
    await app.clock.settle();
    item.cancel();
    await expect(item).rejects.toMatchObject({ name: "AbortError" });
    expect(app.clock.pending).toEqual([]);
    await app.clock.advance("10s");
    expect(calls).toBe(1);
  });
});

describe("T7 RetryLater asks for another try", () => {
  it("after its time, as often as it likes: it is no error and uses up no attempt", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      async (_n: number, { attempt }) => {
        log.push(`${attempt} at ${now()}`);
        if (attempt <= 5) throw new RetryLater("10s", new Error("429"));
        if (attempt === 6) throw new Error("once");
        return "done";
      },
      { attempts: 2, backoff: "1s" },
    );
    const item = jobs.push(1);
    await app.clock.advance("60s");
    expect(await item).toBe("done");
    expect(log).toEqual(["1 at 0", "2 at 10000", "3 at 20000", "4 at 30000", "5 at 40000", "6 at 50000", "7 at 51000"]);
    expect(item.attempts).toBe(7);
    expect(app.errors).toEqual([]);
    const ended = app.facts.of("queue.item.ended").map((fact) => "error" in fact);
    expect(ended).toEqual([false, false, false, false, false, true, false]);
    expect(app.facts.of("retry.scheduled").map(({ attempt, ms }) => [attempt, ms])).toEqual([
      [2, 10_000],
      [3, 10_000],
      [4, 10_000],
      [5, 10_000],
      [6, 10_000],
      [7, 1_000],
    ]);
  });
});

describe("T7 { timeout } bounds each try", () => {
  it("aborts its signal, and the try fails with a QueueTimeoutError, to be tried again", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const jobs = queue(
      one,
      async (_n: number, { signal, attempt }) => {
        log.push(`${attempt} at ${now()}`);
        if (attempt === 3) return "done";
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        return "never";
      },
      { timeout: "2s", attempts: 3, backoff: "1s", label: "work" },
    );
    const item = jobs.push(1);
    await app.clock.advance("10s");
    expect(await item).toBe("done");
    expect(log).toEqual(["1 at 0", "2 at 3000", "3 at 6000"]);
    expect(app.inspect().services[0]?.activities[0]?.["lastError"]).toBe(
      'one: queue "work": a try took longer than its timeout, 2s',
    );
    expect(app.clock.pending).toEqual([]);
  });

  it("is what the holder gets, also where the try says AbortError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      (_n: number, { signal }) =>
        new Promise<void>((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))),
        ),
      { timeout: "2s" },
    );
    const failed = expect(jobs.push(1)).rejects.toMatchObject({ code: "PAWL_QUEUE_TIMEOUT", path: "one" });
    await app.clock.advance("2s");
    await failed;
  });

  it("a try that does not heed its signal keeps its place, and its result counts", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const jobs = queue(
      one,
      async (n: number) => {
        await one.sleep("5s");
        return n;
      },
      { timeout: "2s" },
    );
    const items = [1, 2].map((n) => jobs.push(n));
    await app.clock.advance("4s");
    expect(items.map(({ state }) => state)).toEqual(["running", "waiting"]);
    await app.clock.advance("6s");
    expect(await Promise.all(items)).toEqual([1, 2]);
    expect(now()).toBe(10_000);
  });
});

describe("T7 Facts of queues", () => {
  it("come in pairs for each try, and only to who asks for them", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const usual: string[] = [];
    app.observe(({ kind }) => usual.push(kind));
    const failure = new Error("no");
    const jobs = queue(
      one,
      async (_n: number, { attempt }) => {
        await one.sleep("1s");
        if (attempt === 1) throw failure;
      },
      { attempts: 2, backoff: false, label: "work" },
    );
    jobs.push(1);
    await app.clock.advance("2s");
    const facts = app.facts.all.filter(({ kind }) => /^(queue|retry)\./.test(kind)).map(({ at: _at, ...fact }) => fact);
    expect(facts).toEqual([
      { kind: "queue.item.started", path: "one", label: "work", attempt: 1 },
      { kind: "queue.item.ended", path: "one", label: "work", attempt: 1, ms: 1_000, error: failure },
      { kind: "retry.scheduled", path: "one", label: "work", attempt: 2, ms: 0 },
      { kind: "queue.item.started", path: "one", label: "work", attempt: 2 },
      { kind: "queue.item.ended", path: "one", label: "work", attempt: 2, ms: 1_000 },
    ]);
    expect(usual).toEqual(["retry.scheduled"]);
  });
});
