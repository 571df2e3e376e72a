import { existsSync, writeFileSync } from "node:fs";
import { queue, WorkerEndedError, type WorkerOptions, worker } from "@pawl/background";
import { AbortError, NotRunningError, RetryLater, type StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { until } from "../until.ts";

type Work = typeof import("./fixtures/work.ts");
const fixture = (name: string) => new URL(`./fixtures/${name}.ts`, import.meta.url);

async function appWithWorker(options?: WorkerOptions) {
  const one = given();
  const app = await testApp({ providers: { one } });
  const work = await worker<Work>(one, fixture("work"), options);
  return { app, one, work };
}

const reason = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe("A worker is a child of its owner", () => {
  it("named after its file, in its place in the tree", async () => {
    const { app, one, work } = await appWithWorker();
    await using _ = app;
    await worker(one, fixture("work"));
    await worker(one, fixture("work"), { label: "second" });
    const { children, resources } = app.inspect().services[0] ?? {};
    expect(children?.map(({ path, state }) => [path, state])).toEqual([
      ["one/work", "running"],
      ["one/work#2", "running"],
      ["one/second", "running"],
    ]);
    expect(resources?.map(({ label }) => label)).toEqual(["work", "work#2", "second"]);
    expect(children?.[0]?.activities).toEqual([
      { kind: "worker", label: "work", threadId: work.thread.threadId, calls: 0, running: 0, waiting: 0, errors: 0 },
    ]);
    expect(work.path).toBe("one/work");
  });

  it("and can be stopped alone, and stays down", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    const { thread } = work;
    await work.stop();
    expect(thread.threadId).toBe(-1);
    expect(app.inspect().services[0]?.children).toEqual([]);
    await expect(work.call.add(1, 1)).rejects.toBeInstanceOf(NotRunningError);
    expect(() => work.thread).toThrow(NotRunningError);
    expect(app.state).toBe("running");
  });
});

describe("S1 The stop of its owner", () => {
  it("tells calls of a thread that has died that it is not started again, so that a queue does not wait for it", async () => {
    const { app, one, work } = await appWithWorker({ backoff: "1h" });
    await using _ = app;
    const tries: unknown[] = [];
    const sums = queue(one, async () => {
      try {
        return await work.call.add(1, 1);
      } catch (error) {
        tries.push((error as { code?: unknown }).code);
        if (error instanceof NotRunningError) throw new RetryLater("200ms", error);
        throw error;
      }
    });
    await reason(work.call.exit(3));
    const sum = reason(Promise.resolve(sums.push(0)));
    await app.clock.settle();
    const stopped = app.stop();
    await app.clock.advance("200ms");
    await stopped;
    expect(await sum).toMatchObject({
      code: "PAWL_WORKER_ENDED",
      message: expect.stringContaining("is not started again"),
    });
    expect(tries).toEqual(["PAWL_NOT_RUNNING", "PAWL_WORKER_ENDED"]);
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_WORKER_ENDED", exitCode: 3 } }]);
  });

  it("works off the calls that it has taken, those in line too, and then ends the thread", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker();
    await using _ = app;
    const { thread } = work;
    const calls = [work.call.waitFor(folder.path, "first"), work.call.add(1, 2)];
    const stopped = app.stop();
    await until("it is stopping", () => app.inspect().services[0]?.children[0]?.state === "stopping");
    await expect(work.call.add(3, 4)).rejects.toMatchObject({ code: "PAWL_NOT_RUNNING", path: "one/work" });
    writeFileSync(`${folder.path}/first.go`, "done");
    expect(await Promise.all(calls)).toEqual(["done", 3]);
    await stopped;
    expect(thread.threadId).toBe(-1);
  });

  it("ends a thread that hangs in an endless loop, after stopTimeout; its calls are rejected", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker({ stopTimeout: "3s" });
    await using _ = app;
    const { thread } = work;
    const hanging = reason(work.call.hang(folder.path));
    const waiting = reason(work.call.add(1, 1));
    await until("it hangs", () => existsSync(`${folder.path}/hanging`));
    const stopped = app.stop();
    await app.clock.advance("3s");
    await stopped;
    expect(await hanging).toBeInstanceOf(AbortError);
    expect(await waiting).toBeInstanceOf(AbortError);
    expect(thread.threadId).toBe(-1);
  });

  it("tells a thread that dies while its calls are worked off", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker();
    await using _ = app;
    const first = work.call.waitFor(folder.path, "first");
    const exit = reason(work.call.exit(4));
    const stopped = reason(app.stop());
    writeFileSync(`${folder.path}/first.go`, "done");
    expect(await first).toBe("done");
    expect(await exit).toMatchObject({ code: "PAWL_WORKER_ENDED", exitCode: 4 });
    const error = (await stopped) as StopError;
    expect(error.errors).toMatchObject([{ path: "one/work", cause: { code: "PAWL_WORKER_ENDED" } }]);
  });
});

describe("A worker that cannot start", () => {
  it.each([
    ["throws-at-load", { name: "RangeError", message: "bad module" }],
    ["exits-at-load", { code: "PAWL_WORKER_ENDED", exitCode: 7, path: "one/exits-at-load" }],
    ["not-there", { code: "ERR_MODULE_NOT_FOUND" }],
  ])("fails the start with the cause: %s", async (name, cause) => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    await expect(worker(one, fixture(name))).rejects.toMatchObject({
      code: "PAWL_START_FAILED",
      path: `one/${name}`,
      cause,
    });
    expect(app.inspect().services[0]?.children).toEqual([]);
    expect(app.state).toBe("running");
  });

  it("fails that of its owner, where it is started there", async () => {
    const one = given(async function () {
      await worker(this, fixture("throws-at-load"));
    });
    await expect(testApp({ providers: { one } })).rejects.toMatchObject({
      code: "PAWL_START_FAILED",
      path: "one/throws-at-load",
      cause: { message: "bad module" },
    });
  });

  it("within startTimeout is ended", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const start = reason(worker(one, fixture("hangs-at-load"), { startTimeout: "2s" }));
    await until("it starts", () => app.inspect().services[0]?.children[0]?.activities.length === 1);
    await app.clock.advance("2s");
    expect(await start).toMatchObject({ code: "PAWL_START_TIMEOUT", path: "one/hangs-at-load" });
  });

  it("because its owner stops is ended at once", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const start = reason(worker(one, fixture("hangs-at-load")));
    await until("it starts", () => app.inspect().services[0]?.children[0]?.activities.length === 1);
    await app.stop();
    expect(await start).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("S5 because its owner does not run has no thread at all", async () => {
    await expect(worker(given(), fixture("work"))).rejects.toBeInstanceOf(NotRunningError);
  });
});

describe("A thread that dies", () => {
  const deaths: Record<
    string,
    { readonly die: (work: Awaited<ReturnType<typeof worker<Work>>>) => unknown; readonly error: object }
  > = {
    "by process.exit() in it": { die: (work) => reason(work.call.exit(5)), error: { exitCode: 5 } },
    "by an uncaught error": {
      die: (work) => reason(work.call.throwUncaught()),
      error: { cause: { name: "TypeError", message: "nobody catches this" } },
    },
    "ended from outside": { die: (work) => work.thread.terminate(), error: { exitCode: 1 } },
    "out of memory": {
      die: (work) => reason(work.call.fill()),
      error: { cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } },
    },
  };

  it.each(Object.keys(deaths))("%s: rejects its calls, and is restarted", { timeout: 20_000 }, async (how) => {
    using folder = new TemporaryFolder();
    const { die, error } = deaths[how] as (typeof deaths)[string];
    const { app, work } = await appWithWorker({
      concurrency: 2,
      backoff: "1s",
      resourceLimits: { maxOldGenerationSizeMb: 24 },
    });
    await using _ = app;
    const { thread } = work;
    const inFlight = reason(work.call.waitFor(folder.path, "never"));
    await until("it runs", () => existsSync(`${folder.path}/never.begun`));
    const inLine = [die(work), reason(work.call.waitFor(folder.path, "later"))][1];
    const told = await inFlight;
    expect(told).toBeInstanceOf(WorkerEndedError);
    expect(told).toMatchObject({ code: "PAWL_WORKER_ENDED", path: "one/work", ...error });
    if (how !== "ended from outside") expect(await inLine).toBe(told);
    // It waits for its restart: a call is refused clearly, not kept.
    await expect(work.call.add(1, 1)).rejects.toMatchObject({ code: "PAWL_NOT_RUNNING", path: "one/work" });
    await app.clock.settle();
    await app.clock.advance("1s");
    await until("it runs again", () => app.inspect().services[0]?.children[0]?.state === "running");
    expect(await work.call.add(20, 22)).toBe(42);
    expect(work.thread).not.toBe(thread);
    expect(app.inspect().services[0]?.children[0]).toMatchObject({ restarts: 1 });
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_WORKER_ENDED" } }]);
    expect(app.facts.of("crash")).toMatchObject([{ path: "one/work" }]);
  });

  it("since a call took too long and terminateOnTimeout says so, is restarted too", { timeout: 20_000 }, async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker({ terminateOnTimeout: true, concurrency: 2, backoff: "1s" });
    await using _ = app;
    const { thread } = work;
    const other = reason(work.call.waitFor(folder.path, "never"));
    await until("it runs", () => existsSync(`${folder.path}/never.begun`));
    const hanging = reason(work.with({ timeout: "5s" }).hang(folder.path));
    await until("it hangs", () => existsSync(`${folder.path}/hanging`));
    const inLine = reason(work.with({ timeout: "2s" }).add(1, 1));
    await app.clock.advance("2s");
    expect(await inLine).toMatchObject({ code: "PAWL_WORKER_TIMEOUT" });
    // It was not in the thread: there was nothing to end.
    expect(thread.threadId).not.toBe(-1);
    await app.clock.advance("3s");
    expect(await hanging).toMatchObject({
      code: "PAWL_WORKER_TIMEOUT",
      message:
        "one/work: hang() was not done within 5s; where it was in the thread already, that is ended, as terminateOnTimeout says",
    });
    expect(await other).toMatchObject({ code: "PAWL_WORKER_ENDED", cause: { code: "PAWL_WORKER_TIMEOUT" } });
    await app.clock.settle();
    await app.clock.advance("1s");
    await until("it runs again", () => app.inspect().services[0]?.children[0]?.state === "running");
    expect(await work.call.add(20, 22)).toBe(42);
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_WORKER_ENDED" } }]);
  });

  it("too often is a crash of its owner", async () => {
    const { app, work } = await appWithWorker({ maxRestarts: 1, backoff: false });
    await using _ = app;
    const ended = reason(app.wait());
    await work.thread.terminate();
    await until("it runs again", () => app.inspect().services[0]?.children[0]?.state === "running");
    await until("it takes calls", async () => (await reason(work.call.add(1, 1))) === 2);
    await work.thread.terminate();
    expect(await ended).toMatchObject({ path: "one/work", cause: { code: "PAWL_WORKER_ENDED" } });
    expect(app.errors).toHaveLength(1);
  });

  it('with restart: "never" is that at once', async () => {
    const { app, work } = await appWithWorker({ restart: "never" });
    await using _ = app;
    const ended = reason(app.wait());
    const call = reason(work.call.exit(3));
    expect(await ended).toMatchObject({ path: "one/work", cause: { exitCode: 3 } });
    expect(await call).toMatchObject({ exitCode: 3 });
    expect(app.state).toBe("stopped");
  });

  it("is started anew with its app, too", async () => {
    let work: Awaited<ReturnType<typeof worker<Work>>> | undefined;
    const one = given(async function () {
      work = await worker<Work>(this, fixture("work"));
    });
    await using app = await testApp({ providers: { one } });
    await app.restart();
    expect(await work?.call.add(1, 1)).toBe(2);
  });
});
