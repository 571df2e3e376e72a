import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPostgres, startPostgres } from "../packages/jobs/test/stores/postgres-server.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";

const concurrency = 100;

const perSecond = (count: number, began: number) => (count / (performance.now() - began)) * 1000;

/** Enqueues so many at once, then works them off. */
async function pawl(url: string, count: number): Promise<Figures> {
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
  await Promise.all(Array.from({ length: count }, (_, order) => sender.work.enqueue({ order })));
  const enqueued = perSecond(count, began);
  const other = new Kernel({ providers: { jobs: new Jobs({ url }), worker: new Worker() } });
  await other.start();
  began = performance.now();
  await worked.promise;
  await other.stop();
  const done = perSecond(count, began);
  await one.stop();
  return { "jobs enqueued per s": enqueued, "jobs worked off per s": done };
}

async function sqlite(count: number): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), "jobs-"));
  try {
    return await pawl(`sqlite:${join(directory, "app.db")}`, count);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function onPostgres(measure: (url: string) => Promise<Figures>): Promise<Figures> {
  const server = await startPostgres();
  try {
    return await measure(await server.database());
  } finally {
    await server.stop();
  }
}

/** What pg-boss does with the same number, sent one by one, taken and completed by the batch. */
async function pgBoss(url: string, count: number): Promise<Figures> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss(url);
  await boss.start();
  await boss.createQueue("work");
  let began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, order) => boss.send("work", { order })));
  const enqueued = perSecond(count, began);
  began = performance.now();
  for (let left = count; left > 0; ) {
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
  about: `Jobs per second, in wall time: enqueued all at once, and worked off by a handler that does nothing, ${concurrency} at a time. Everything is on the disk before it counts, but for Postgres, which runs without fsync here. pg-boss is sent its jobs one by one, and is asked for ${concurrency} at a time, which are completed together.`,
  rounds: 3,
  variants: {
    "pawl, SQLite": { measure: () => sqlite(20_000) },
    ...(hasPostgres
      ? {
          "pawl, Postgres": { measure: () => onPostgres((url) => pawl(url, 5_000)) },
          "pg-boss": { measure: () => onPostgres((url) => pgBoss(url, 5_000)) },
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
  ],
};
