import { inbox } from "@pawl/messages";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../jobs/test/stores/postgres-server.ts";

if (!hasPostgres) process.stderr.write("no initdb was found: the tests of the inbox in Postgres are SKIPPED\n");

describe.skipIf(!hasPostgres)("the inbox in Postgres", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop(), 60_000);

  async function openStock() {
    const pool = new pg.Pool({ connectionString: await server.database(), max: 16 });
    await pool.query("CREATE TABLE stock (n INTEGER); INSERT INTO stock VALUES (100)");
    /** Handles a message as a handler would: rolled back where it fails. */
    const handle = async (message: Parameters<typeof inbox.once>[1], fn = take) => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const isNew = await inbox.once(client, message, () => fn(client));
        await client.query("COMMIT");
        return isNew;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    };
    const take = async (client: pg.PoolClient): Promise<void> => {
      await client.query("UPDATE stock SET n = n - 1");
    };
    const left = async () => (await pool.query("SELECT n FROM stock")).rows[0].n as number;
    return { pool, handle, take, left, [Symbol.asyncDispose]: () => pool.end() };
  }

  test("the effects of a message happen once, however often and by how many at once it is handled", async () => {
    await using stock = await openStock();
    const messages = Array.from({ length: 10 }, (_, n) => ({ id: `m${n}`, group: "stock" }));
    // The first ones make the table too.
    const handled = await Promise.all(
      [...messages, ...messages, ...messages, ...messages].map((one) => stock.handle(one)),
    );
    expect(handled.filter(Boolean)).toHaveLength(10);
    expect(await stock.left()).toBe(90);
    expect(await stock.handle({ id: "m0", group: "stock" })).toBe(false);
    expect(await stock.handle({ id: "m0", group: "other" })).toBe(true);
    expect(await stock.left()).toBe(89);
  });

  test("of two at once the later waits for the first, and is the one that handles where that is rolled back", async () => {
    await using stock = await openStock();
    await stock.handle("m0");
    const { promise: isSeen, resolve: saySeen } = Promise.withResolvers<void>();
    const { promise: mayFail, resolve: sayFail } = Promise.withResolvers<void>();
    const first = stock.handle("m1", async (client) => {
      await stock.take(client);
      saySeen();
      await mayFail;
      throw new Error("no");
    });
    await isSeen;
    const second = stock.handle("m1");
    const isWaiting =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    await expect.poll(async () => (await stock.pool.query(isWaiting)).rows[0].n, { timeout: 5_000 }).toBe(1);
    sayFail();
    await expect(first).rejects.toThrow("no");
    expect(await second).toBe(true);
    expect(await stock.left()).toBe(98);
  });

  test("what is forgotten is handled again; a pool and a client in no transaction are refused", async () => {
    await using stock = await openStock();
    const { pool } = stock;
    await stock.handle("m1");
    await pool.query("UPDATE pawl_inbox SET at = at - 100000");
    const forget = async (longerAgo: "1d" | "1m") => {
      const client = await pool.connect();
      await client.query("BEGIN");
      await inbox.forget(client, longerAgo);
      await client.query("COMMIT");
      client.release();
    };
    await forget("1d");
    expect(await stock.handle("m1")).toBe(false);
    await forget("1m");
    expect(await stock.handle("m1")).toBe(true);
    // @ts-expect-error a pool is no transaction
    await expect(inbox.once(pool, "m2", () => {})).rejects.toThrow("it is a pool");
    const client = await pool.connect();
    await expect(inbox.once(client, "m2", () => {})).rejects.toThrow("BEGIN comes before");
    client.release();
  });
});
