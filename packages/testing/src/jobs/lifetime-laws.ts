import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Job, type JobContext, JobTransactionError, job } from "@pawl/jobs";
import type { JobStoreContext } from "@pawl/jobs/extend";
import { isAbortError, Service, systemClock } from "@pawl/kernel";
import { realPause } from "../real-time.ts";
import { becomes, type JobStoreLaw, type JobStoreSetup, law } from "./job-law.ts";
import { any, Sender, Worker } from "./working-laws.ts";

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

const context: JobStoreContext = { clock: systemClock, app: "other", keepMs: 60_000, report() {} };

/** Takes one job under a lease of a second, and is not heard of again. */
async function goneWorker(setup: JobStoreSetup) {
  const store = setup.store();
  await store.open(context);
  const source = await store.source({ name: "work", leaseMs: 1_000, concurrency: 1 });
  return {
    async take() {
      const [taken] = await source.take(1, new AbortController().signal);
      return taken;
    },
    async close() {
      await source.close();
      await store.close();
    },
  };
}

/** Runs by the clock. */
class Hands extends Service {
  readonly tick: Job;

  constructor(times: string[]) {
    super();
    this.tick = job(this, "tick", any, (_, { id }) => void times.push(id), { cron: "* * * * * *" });
  }
}

export const lifetimeLaws: readonly JobStoreLaw[] = [
  law("one that waits and is cancelled is never worked on, and lets the next of its key go", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, jobs } = await start(new Worker((one) => void seen.push(one)));
    const id = await service.work.enqueue("one", { delay: "1h", key: "ada" });
    await service.work.enqueue("two", { key: "ada" });
    equal(await jobs.cancel(id), true);
    await becomes(() => seen, ["two"]);
    equal((await jobs.get(id))?.state, "cancelled");
    deepEqual([await jobs.cancel(id), await jobs.cancel("nobody")], [false, false]);
  }),

  law("one that runs here has its signal aborted at once when it is cancelled", async ({ start }) => {
    const tries: number[] = [];
    const worker = new Worker((_, { signal, attempt }) => {
      tries.push(attempt);
      return untilAborted(signal);
    });
    const { service, jobs, errors } = await start(worker);
    const id = await service.work.enqueue("one");
    await becomes(() => tries, [1]);
    const began = Date.now();
    equal(await jobs.cancel(id), true);
    await becomes(async () => (await jobs.get(id))?.state, "cancelled");
    ok(Date.now() - began < 5_000, "long before its heartbeat");
    deepEqual([tries, errors], [[1], []]);
  }),

  law("one that runs in another process is given up at its next heartbeat", async ({ start }) => {
    const reasons: unknown[] = [];
    const worker = new Worker(
      (_, { signal }) =>
        untilAborted(signal).catch((error: unknown) => {
          reasons.push(isAbortError(error));
          throw error;
        }),
      { lease: "1s" },
    );
    const { service, jobs } = await start(worker);
    const { jobs: others } = await start(new Sender());
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "running");
    equal(await others.cancel(id), true);
    await becomes(() => reasons, [true]);
    await becomes(async () => (await others.get(id))?.state, "cancelled");
  }),

  law("what a handler tells of its progress is seen by all", async ({ start }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const worker = new Worker((_, { progress }) => {
      progress(0.5);
      progress({ sent: 3 });
      return promise;
    });
    const { service, jobs } = await start(worker);
    const { jobs: others } = await start(new Sender());
    const id = await service.work.enqueue("one");
    await becomes(async () => (await others.get(id))?.progress, { sent: 3 });
    resolve();
    await becomes(async () => (await jobs.get(id))?.state, "done");
  }),

  law("a cron enqueues each of its times once, however many processes have it", async ({ start }) => {
    const times: string[] = [];
    await start(new Hands(times));
    await start(new Hands(times));
    await becomes(() => times.length >= 2, true);
    await realPause(300);
    equal(new Set(times).size, times.length);
    const [first = "", second = ""] = times;
    ok(/^tick@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/.test(first), first);
    equal(Date.parse(second.slice(5)) - Date.parse(first.slice(5)), 1000);
  }),

  law(
    "one whose worker is gone comes again when its lease has run out, and the try counts",
    async ({ setup, start }) => {
      const attempts: number[] = [];
      const { service: sender } = await start(new Sender());
      const gone = await goneWorker(setup);
      await sender.work.enqueue("one");
      const taken = await gone.take();
      const began = Date.now();
      equal(taken?.attempt, 1);
      await start(new Worker((_, { attempt }) => void attempts.push(attempt), { lease: "1s" }));
      await becomes(() => attempts, [2]);
      ok(Date.now() - began >= 900, "not before its lease has run out");
      equal(await taken?.extend(), false);
      await gone.close();
    },
  ),

  law("what was told of a try stands until the next one says otherwise", async ({ setup, start }) => {
    const { service: sender, jobs } = await start(new Sender());
    const gone = await goneWorker(setup);
    const id = await sender.work.enqueue("one", { priority: 3 });
    const taken = await gone.take();
    await taken?.progress("0.5");
    const work = (_: unknown, { attempt }: JobContext) => {
      if (attempt === 2) throw new Error("not yet");
    };
    await start(new Worker(work, { lease: "1s", backoff: "1ms" }));
    await becomes(async () => (await jobs.get(id))?.state, "done");
    const { attempts, progress, error, priority } = (await jobs.get(id)) ?? {};
    deepEqual({ attempts, progress, error, priority }, { attempts: 3, progress: 0.5, error: "not yet", priority: 3 });
    await gone.close();
  }),

  law("one whose last try never told how it ended is dead", async ({ setup, start }) => {
    const { service: sender, jobs } = await start(new Sender());
    const gone = await goneWorker(setup);
    const id = await sender.work.enqueue("one");
    await gone.take();
    const { errors } = await start(new Worker(() => {}, { retries: 0, lease: "1s" }));
    await becomes(async () => (await jobs.get(id))?.state, "dead");
    await becomes(() => errors.map((error) => (error as { code?: string }).code), ["PAWL_LEASE_EXHAUSTED"]);
    await gone.close();
  }),

  law("one that runs for longer than its lease is kept by its heartbeat", async ({ start }) => {
    const attempts: number[] = [];
    const work = async (_: unknown, { attempt }: { attempt: number }) => {
      attempts.push(attempt);
      await realPause(2_200);
    };
    const { service, jobs } = await start(new Worker(work, { lease: "1s" }));
    await start(new Worker(work, { lease: "1s" }));
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "done");
    deepEqual(attempts, [1]);
  }),

  law("a stop takes no more, and waits for what runs", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, kernel } = await start(
      new Worker(async (one) => {
        await realPause(100);
        seen.push(one);
      }),
    );
    const { jobs } = await start(new Sender());
    const first = await service.work.enqueue("one");
    const second = await service.work.enqueue("two");
    await becomes(async () => (await jobs.get(first))?.state, "running");
    await kernel.stop();
    deepEqual(seen, ["one"]);
    deepEqual([(await jobs.get(first))?.state, (await jobs.get(second))?.state], ["done", "waiting"]);
  }),

  law("what a stop has to cut short is given back at once, and the try does not count", async ({ start }) => {
    const attempts: number[] = [];
    const { service, kernel } = await start(new Worker((_, { signal }) => untilAborted(signal)), {
      // Also what giving it back may take, however busy the server is.
      stopTimeout: "1s",
    });
    const { jobs } = await start(new Sender());
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "running");
    await kernel.stop();
    const began = Date.now();
    await start(new Worker((_, { attempt }) => void attempts.push(attempt)));
    await becomes(() => attempts, [1]);
    ok(Date.now() - began < 6_000, "long before its lease has run out");
  }),

  law("jobs that nobody works on wait for somebody who does", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, jobs, kernel } = await start(new Sender());
    await service.work.enqueue("one");
    deepEqual(await jobs.queues(), [{ name: "work", waiting: 1, running: 0, dead: 0, done: 0 }]);
    await kernel.stop();
    const { jobs: others } = await start(new Worker((one) => void seen.push(one)));
    await becomes(() => seen, ["one"]);
    await becomes(() => others.queues(), [{ name: "work", waiting: 0, running: 0, dead: 0, done: 1 }]);
  }),

  law("jobs are listed oldest first, by name, state and number", async ({ start }) => {
    const { service, jobs } = await start(new Sender());
    const ids = [];
    for (const one of ["a", "b", "c"]) ids.push(await service.work.enqueue(one));
    const texts = await service.texts.enqueue("d");
    const idsOf = async (query: Parameters<typeof jobs.list>[0]) => (await jobs.list(query)).map(({ id }) => id);
    deepEqual(await idsOf({ name: "work" }), ids);
    deepEqual(await idsOf({ name: "work", limit: 2 }), ids.slice(0, 2));
    deepEqual(await idsOf({ ids: [texts] }), [texts]);
    deepEqual(await idsOf({ state: "dead" }), []);
  }),

  law("done ones are forgotten after a while, and their ids are free", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, jobs } = await start(new Worker((one) => void seen.push(one)), { keep: "1s" });
    await service.work.enqueue("one", { id: "same" });
    await becomes(() => seen, ["one"]);
    await becomes(async () => {
      await service.work.enqueue("two", { id: "same" });
      return seen;
    }, ["one", "two"]);
    ok((await jobs.list({ name: "work" })).length <= 2);
  }),

  law("a job in a transaction is there when that has committed, and never where it is rolled back", async (tools) => {
    const { setup, start } = tools;
    const seen: unknown[] = [];
    const { service, jobs } = await start(new Worker((one) => void seen.push(one)));
    if (!setup.begin) {
      await rejects(service.work.enqueue("one", { transaction: {} }), JobTransactionError);
      return;
    }
    await rejects(service.work.enqueue("none", { transaction: {} }), JobTransactionError);
    const undone = await setup.begin();
    await service.work.enqueue("undone", { transaction: undone.connection });
    await undone.rollback();
    const kept = await setup.begin();
    const id = await service.work.enqueue("kept", { transaction: kept.connection });
    await realPause(100);
    deepEqual(seen, []);
    await kept.commit();
    await becomes(() => seen, ["kept"]);
    await becomes(async () => (await jobs.get(id))?.state, "done");
    equal((await jobs.list({ name: "work" })).length, 1);
  }),
];
