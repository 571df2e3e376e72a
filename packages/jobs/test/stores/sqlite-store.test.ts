import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Jobs, job } from "@pawl/jobs";
import { SqliteStore } from "@pawl/jobs/extend";
import { Kernel, Service } from "@pawl/kernel";
import { jobStoreLaws } from "@pawl/testing/jobs";
import { expect, test } from "vitest";
import { z } from "zod";

const { DatabaseSync } = await import("node:sqlite");

async function withDirectory(fn: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "jobs-"));
  try {
    await fn(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test.concurrent.each(jobStoreLaws)("$name", ({ run }) =>
  withDirectory((directory) => {
    const path = join(directory, "data", "app.db");
    return run({
      store: () => new SqliteStore(`sqlite:${path}`),
      async begin() {
        const connection = new DatabaseSync(path);
        connection.exec("BEGIN");
        const end = async (sql: string) => {
          connection.exec(sql);
          connection.close();
        };
        return { connection, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
      },
    });
  }),
);

class Worker extends Service {
  readonly seen: unknown[] = [];
  readonly work = job(this, "work", z.string(), (one, { attempt }) => void this.seen.push([one, attempt]));
}

test("a job whose process was killed is worked on by another one, as its second try", () =>
  withDirectory(async (directory) => {
    const url = `sqlite:${join(directory, "app.db")}`;
    const entry = new URL("fixtures/stuck-worker.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--conditions=pawl-source", entry, url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    class Sender extends Service {
      readonly work = job(this, "work", z.string());
    }
    const sender = new Sender();
    const first = new Kernel({ providers: { jobs: new Jobs({ url }), sender } });
    await first.start();
    const id = await sender.work.enqueue("one");
    const [told] = (await once(child.stdout, "data")) as [Buffer];
    expect(told.toString()).toBe("1\n");
    child.kill("SIGKILL");
    await once(child, "exit");
    const worker = new Worker();
    const jobs = new Jobs({ url });
    const second = new Kernel({ providers: { jobs, worker } });
    await second.start();
    await expect.poll(async () => (await jobs.get(id))?.state, { timeout: 5_000 }).toBe("done");
    expect(worker.seen).toEqual([["one", 2]]);
    await Promise.all([first.stop(), second.stop()]);
  }));

test("jobs outlive their kernel", () =>
  withDirectory(async (directory) => {
    const url = `sqlite:${join(directory, "app.db")}`;
    const worker = new Worker();
    const kernel = new Kernel({ providers: { jobs: new Jobs({ url }), worker } });
    await kernel.start();
    const id = await worker.work.enqueue("one", { delay: "50ms" });
    await kernel.stop();
    await kernel.start();
    await expect.poll(() => worker.seen).toEqual([["one", 1]]);
    expect((await (kernel.service("jobs") as Jobs).get(id))?.source).toBe("worker");
    await kernel.stop();
  }));

test("a transaction has to be open, and on the same file", () =>
  withDirectory(async (directory) => {
    const worker = new Worker();
    const kernel = new Kernel({
      providers: { jobs: new Jobs({ url: `sqlite:${join(directory, "app.db")}` }), worker },
    });
    await kernel.start();
    const other = new DatabaseSync(join(directory, "other.db"));
    await expect(worker.work.enqueue("one", { transaction: other })).rejects.toThrow("it has no transaction open");
    other.exec("BEGIN");
    await expect(worker.work.enqueue("one", { transaction: other })).rejects.toThrow(
      /other\.db, and the jobs are kept in/,
    );
    other.close();
    await kernel.stop();
  }));

test("many jobs at once are stored and worked on, each once", () =>
  withDirectory(async (directory) => {
    const seen = new Set<number>();
    let calls = 0;
    class Counter extends Service {
      readonly work = job(
        this,
        "work",
        z.number(),
        (one) => {
          calls++;
          seen.add(one);
        },
        { concurrency: 100 },
      );
    }
    const counter = new Counter();
    const kernel = new Kernel({
      providers: { jobs: new Jobs({ url: `sqlite:${join(directory, "app.db")}` }), counter },
    });
    await kernel.start();
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => counter.work.enqueue(i, { key: String(i % 50) })));
    await expect.poll(() => seen.size, { timeout: 8_000 }).toBe(2_000);
    expect(calls).toBe(2_000);
    await kernel.stop();
  }));
