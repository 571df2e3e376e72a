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

  test("a server that cannot be reached fails the start", async () => {
    const away = new Kernel({ providers: { jobs: new Jobs({ url: "postgres://test@127.0.0.1:1/app" }) } });
    await expect(away.start()).rejects.toMatchObject({ code: "PAWL_START_FAILED", path: "jobs" });
  });
});
