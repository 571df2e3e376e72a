import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPostgres, startPostgres } from "../packages/jobs/test/stores/postgres-server.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";

const concurrency = 100;

const perSecond = (count: number, began: number) => (count / (performance.now() - began)) * 1000;

/** Jobs for Postgres. */
const count = 20_000;
/** How many are enqueued at a time there: as many at once wait too long for one of the ten connections. */
const atOnce = 1_000;

/** Enqueues so many at a time, then works them off. */
async function pawl(url: string, count: number, ready = async () => {}): Promise<Figures> {
  const { Jobs, job } = await import("@pawl/jobs");
  const { Kernel, Service } = await import("@pawl/kernel");
  const { z } = await import("zod");
  const input = z.object({ order: z.number() });
  const worked = Promise.withResolvers<void>();
  let left = count;
  class Sender extends Service {
    readonly work = job(this, "work", input);
  }
  class Worker extends Service {
    readonly work = job(this, "work", input, () => void (--left === 0 && worked.resolve()), { concurrency });
  }
  const sender = new Sender();
  const one = await new Kernel({ providers: { jobs: new Jobs({ url }), sender } }).start();
  let began = performance.now();
  await inTurn(count, (order) => sender.work.enqueue({ order }));
  const enqueued = perSecond(count, began);
  await ready();
  const other = new Kernel({ providers: { jobs: new Jobs({ url }), worker: new Worker() } });
  await other.start();
  began = performance.now();
  await worked.promise;
  await other.stop();
  const done = perSecond(count, began);
  await one.stop();
  return { "jobs enqueued per s": enqueued, "jobs worked off per s": done };
}

async function inTurn(count: number, enqueue: (order: number) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, i) => enqueue(first + i)));
  }
}

async function sqlite(count: number): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), "jobs-"));
  try {
    return await pawl(`sqlite:${join(directory, "app.db")}`, count);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function onPostgres(measure: (url: string, ready: () => Promise<void>) => Promise<Figures>): Promise<Figures> {
  const server = await startPostgres();
  try {
    const url = await server.database();
    // What it does by itself after a minute; before, it reads the whole table for each job.
    return await measure(url, () => server.analyze(url));
  } finally {
    await server.stop();
  }
}

/** How jobs of pg-boss are worked off: by a worker of its own, which goes on at once as long as batches are full, or by hand. */
type How = "a worker" | "by hand";

/** What pg-boss does with the same number, sent one by one, taken and completed by the batch. */
async function pgBoss(how: How, url: string, ready: () => Promise<void>): Promise<Figures> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss(url);
  await boss.start();
  await boss.createQueue("work");
  let began = performance.now();
  await inTurn(count, (order) => boss.send("work", { order }));
  const enqueued = perSecond(count, began);
  await ready();
  began = performance.now();
  let left = count;
  if (how === "a worker") {
    const worked = Promise.withResolvers<void>();
    await boss.work("work", { batchSize: concurrency, burstWhenBatchFull: true }, async (jobs) => {
      left -= jobs.length;
      if (left === 0) worked.resolve();
    });
    await worked.promise;
    await boss.offWork("work", { wait: true });
  }
  while (left > 0) {
    const taken = await boss.fetch("work", { batchSize: concurrency });
    await boss.complete(
      "work",
      taken.map(({ id }) => id),
    );
    left -= taken.length;
  }
  const done = perSecond(count, began);
  await boss.stop({ graceful: false });
  return { "jobs enqueued per s": enqueued, "jobs worked off per s": done };
}

export const benchmark: Benchmark = {
  title: "Jobs",
  about: `Jobs per second, in wall time: enqueued, ${atOnce} at a time, and worked off by a handler that does nothing, ${concurrency} at a time. Everything is on the disk before it counts, but for Postgres, which runs without fsync here. pg-boss is sent its jobs one by one; its worker takes ${concurrency} at a time, and at once again where there were as many, or they are fetched and completed in a loop by hand.`,
  rounds: 3,
  variants: {
    "pawl, SQLite": { measure: () => sqlite(20_000) },
    ...(hasPostgres
      ? {
          "pawl, Postgres": { measure: () => onPostgres((url, ready) => pawl(url, count, ready)) },
          "pg-boss, a worker": { measure: () => onPostgres((url, ready) => pgBoss("a worker", url, ready)) },
          "pg-boss, by hand": { measure: () => onPostgres((url, ready) => pgBoss("by hand", url, ready)) },
        }
      : {}),
  },
  targets: (results) => [
    {
      what: "SQLite: jobs enqueued per second",
      measured: results.median("pawl, SQLite", "jobs enqueued per s"),
      range: results.range("pawl, SQLite", "jobs enqueued per s"),
      atLeast: 5_000,
      unit: "per s",
    },
    {
      what: "SQLite: jobs worked off per second",
      measured: results.median("pawl, SQLite", "jobs worked off per s"),
      range: results.range("pawl, SQLite", "jobs worked off per s"),
      atLeast: 2_000,
      unit: "per s",
    },
    ...(hasPostgres
      ? ["jobs enqueued per s", "jobs worked off per s"].map((figure) => ({
          what: `Postgres: ${figure}, against a worker of pg-boss`,
          ...results.ratio("pawl, Postgres", "pg-boss, a worker", figure),
          atLeast: 0.8,
        }))
      : []),
  ],
};
