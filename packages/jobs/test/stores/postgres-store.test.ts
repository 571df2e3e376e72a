import { spawn } from "node:child_process";
import { once } from "node:events";
import { Jobs, job } from "@pawl/jobs";
import { PostgresStore } from "@pawl/jobs/extend";
import { Kernel, Service } from "@pawl/kernel";
import { jobStoreLaws } from "@pawl/testing/jobs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts";

if (!hasPostgres) process.stderr.write("no initdb was found: the tests of jobs in Postgres are skipped\n");

describe.skipIf(!hasPostgres)("jobs in Postgres", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop(), 60_000);

  test.concurrent.each(jobStoreLaws)(
    "$name",
    async ({ run }) => {
      const url = await server.database();
      await run({
        store: () => new PostgresStore(url),
        async begin() {
          const connection = new pg.Client(url);
          await connection.connect();
          await connection.query("BEGIN");
          const end = async (sql: string) => {
            await connection.query(sql);
            await connection.end();
          };
          return { connection, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") };
        },
      });
    },
    30_000,
  );

  test("a transaction is that of a client, not of a pool", async () => {
    const url = await server.database();
    class Sender extends Service {
      readonly work = job(this, "work", z.string());
    }
    const sender = new Sender();
    const kernel = new Kernel({ providers: { jobs: new Jobs({ url }), sender } });
    await kernel.start();
    const pool = new pg.Pool({ connectionString: url });
    await expect(sender.work.enqueue("one", { transaction: pool })).rejects.toThrow("it is a pool");
    await pool.end();
    await kernel.stop();
  });

  test("a job whose process was killed is worked on by another one, as its second try", async () => {
    const url = await server.database();
    const entry = new URL("fixtures/stuck-worker.ts", import.meta.url).pathname;
    class Worker extends Service {
      readonly seen: unknown[] = [];
      readonly work = job(this, "work", z.string(), (one, { attempt }) => void this.seen.push([one, attempt]), {
        lease: "1s",
      });
    }
    class Sender extends Service {
      readonly work = job(this, "work", z.string());
    }
    const sender = new Sender();
    const first = await new Kernel({ providers: { jobs: new Jobs({ url }), sender } }).start();
    const child = spawn(process.execPath, ["--conditions=pawl-source", entry, url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const id = await sender.work.enqueue("one", { key: "a" });
    const later = await sender.work.enqueue("two", { key: "a" });
    const [told] = (await once(child.stdout, "data")) as [Buffer];
    expect(told.toString()).toBe("1\n");
    child.kill("SIGKILL");
    await once(child, "exit");
    const worker = new Worker();
    const jobs = new Jobs({ url });
    const second = await new Kernel({ providers: { jobs, worker } }).start();
    await expect.poll(async () => (await jobs.get(later))?.state, { timeout: 10_000 }).toBe("done");
    expect(worker.seen).toEqual([
      ["one", 2],
      ["two", 1],
    ]);
    expect(await jobs.get(id)).toMatchObject({ state: "done", attempts: 2 });
    await Promise.all([first.stop(), second.stop()]);
  }, 30_000);

  test("a server that goes away is told of, and work goes on when it is back", async () => {
    const own = await startPostgres();
    const errors: unknown[] = [];
    const seen: unknown[] = [];
    class Worker extends Service {
      readonly work = job(this, "work", z.string(), (one) => void seen.push(one));
    }
    const worker = new Worker();
    const providers = { jobs: new Jobs({ url: await own.database() }), worker };
    const kernel = new Kernel({ onError: (error) => void errors.push(error), providers });
    await kernel.start();
    await worker.work.enqueue("one");
    await expect.poll(() => seen).toEqual(["one"]);
    await own.restart();
    expect(errors).not.toEqual([]);
    const id = "two";
    await expect.poll(() => worker.work.enqueue("two", { id }), { timeout: 10_000 }).toBe(id);
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(["one", "two"]);
    await expect.poll(async () => (await kernel.health()).status, { timeout: 10_000 }).toBe("alive");
    await kernel.stop();
    await own.stop();
  }, 60_000);

  test("a server that cannot be reached fails the start, and is told without its password", async () => {
    const away = new Kernel({ providers: { jobs: new Jobs({ url: "postgres://ada:s3cret@127.0.0.1:1/app" }) } });
    const error: Error = await away.start().then(
      () => expect.unreachable(),
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "jobs", cause: { code: "PAWL_JOBS_POSTGRES" } });
    expect(error.message).toContain("postgres://127.0.0.1:1/app: Postgres cannot be used there: connect ECONNREFUSED");
    expect(error.message).not.toContain("s3cret");
  });
});
