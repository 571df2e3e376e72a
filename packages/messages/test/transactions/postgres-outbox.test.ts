import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { inspect } from "node:util";
import { Kernel, Service } from "@pawl/kernel";
import { Messages, Outbox, publish, type SqlTransaction, subscribe } from "@pawl/messages";
import { type EngineMessage, MemoryEngine } from "@pawl/messages/extend";
import { virtualClock } from "@pawl/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../jobs/test/stores/postgres-server.ts";

if (!hasPostgres) process.stderr.write("no initdb was found: the tests of the outbox in Postgres are SKIPPED\n");

// Servers and processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });
const eventually = <T>(fn: () => T) => expect.poll(fn, { timeout: 10_000 });

const secret = "geheim";
const withPassword = (url: string) => url.replace("test@", `test:${secret}@`);

class Billing extends Service {
  readonly seen: unknown[] = [];
  override onStart() {
    subscribe(this, "order:placed", (order, { id }) => void this.seen.push([order, id]));
  }
}

/** Remembers what it was given to publish, all of which it takes after a while. */
class Recording extends MemoryEngine {
  readonly published: EngineMessage[] = [];
  override async publish(message: EngineMessage) {
    this.published.push(message);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await super.publish(message);
  }
}

type Options = { readonly engine?: MemoryEngine; readonly clock?: ReturnType<typeof virtualClock> };

/** An app whose messages and outbox are its own, and its database others'. */
async function startShop(url: string, { engine = new MemoryEngine(), clock }: Options = {}) {
  const billing = new Billing();
  const outbox = new Outbox({ url: withPassword(url) });
  const errors: unknown[] = [];
  const kernel = new Kernel({
    providers: { messages: new Messages({ engine: () => engine }), billing, outbox },
    onError: (error) => void errors.push(error),
    ...(clock && { clock }),
  });
  await kernel.start();
  return { kernel, billing, errors, [Symbol.asyncDispose]: () => kernel.stop() };
}

async function connect(url: string) {
  const client = new pg.Client(url);
  // Of a server that is restarted; what was asked of it rejects as well.
  client.on("error", () => {});
  await client.connect();
  const left = async () => (await client.query("SELECT count(*)::int AS n FROM pawl_outbox")).rows[0].n as number;
  const transact = async (fn: () => Promise<unknown>, end: "COMMIT" | "ROLLBACK" = "COMMIT") => {
    await client.query("BEGIN");
    await fn();
    await client.query(end);
  };
  return { client, left, transact, [Symbol.asyncDispose]: () => client.end() };
}

describe.skipIf(!hasPostgres)("the outbox in Postgres", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop(), 60_000);

  test("a message comes at once when the transaction has committed, and never where it is rolled back", async () => {
    const url = await server.database();
    // Its clock stands still, so it is the commit alone that wakes it.
    await using shop = await startShop(url, { clock: virtualClock() });
    await using db = await connect(url);
    const ids: string[] = [];
    const place = async (order: number) => {
      ids.push(await publish(shop.billing, "order:placed", order, { transaction: db.client }));
    };
    await db.transact(async () => {
      await place(1);
      await place(2);
      expect(shop.billing.seen).toEqual([]);
    });
    await eventually(() => shop.billing.seen).toHaveLength(2);
    await db.transact(() => place(3), "ROLLBACK");
    await db.transact(() => place(4));
    await eventually(() => shop.billing.seen).toHaveLength(3);
    expect(shop.billing.seen).toEqual([1, 2, 4].map((order) => [order, ids[order - 1]]));
    await eventually(db.left).toBe(0);
    expect(shop.errors).toEqual([]);
  });

  test("looks every two seconds as well, where no notification has come", async () => {
    const url = await server.database();
    const clock = virtualClock();
    await using shop = await startShop(url, { clock });
    await using db = await connect(url);
    const hasLooked = async () => {
      const { rows } = await db.client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
         AND query LIKE 'SELECT * FROM pawl_outbox%'`,
      );
      return rows.length;
    };
    // It looks when it starts, which takes as long as the server does.
    await eventually(hasLooked).toBe(1);
    await db.client.query(
      `INSERT INTO pawl_outbox (id, event, time, source, content_type, headers, data)
       VALUES ('m1', 'order:placed', 0, 'elsewhere', 'application/json', '{}', '7')`,
    );
    await clock.advance("1s");
    expect(await db.left()).toBe(1);
    await clock.advance("1s");
    await eventually(() => shop.billing.seen).toEqual([[7, "m1"]]);
  });

  test("bytes come as they are, by execute(sql, values) too", async () => {
    const url = await server.database();
    await using shop = await startShop(url);
    await using db = await connect(url);
    const transaction: SqlTransaction = {
      dialect: "postgres",
      execute: async (sql, values) => (await db.client.query(sql, [...values])).rows,
    };
    const bytes = Uint8Array.of(0, 255, 10, 0);
    await db.transact(() => publish(shop.billing, "order:placed", bytes, { transaction, id: "m1" }));
    await eventually(() => shop.billing.seen).toEqual([[bytes, "m1"]]);
  });

  test("those who publish first in an empty database all make the table", async () => {
    const url = await server.database();
    const billing = new Billing();
    const kernel = await new Kernel({ providers: { billing } }).start();
    const clients = await Promise.all(Array.from({ length: 12 }, () => connect(url)));
    await Promise.all(
      clients.map(({ client, transact }, n) =>
        transact(() => publish(billing, "order:placed", n, { transaction: client })),
      ),
    );
    expect(await clients[0]?.left()).toBe(12);
    for (const client of clients) await client[Symbol.asyncDispose]();
    await kernel.stop();
  });

  test("a message whose process was killed after the commit is published by the next one that runs", async () => {
    const url = await server.database();
    const program = join(import.meta.dirname, "fixtures", "place-and-die-postgres.ts");
    const child = spawn(process.execPath, ["--conditions=pawl-source", program, url], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    await using shop = await startShop(url);
    await eventually(() => shop.billing.seen).toEqual([[{ id: 1 }, expect.any(String)]]);
  });

  test("publishes again what the engine has not answered for, which reaches nobody twice; one key stays in order", async () => {
    let lost = 3;
    class Forgetful extends MemoryEngine {
      override async publish(message: EngineMessage) {
        await super.publish(message);
        if (lost-- > 0) throw new Error("the answer was lost");
      }
    }
    const url = await server.database();
    await using shop = await startShop(url, { engine: new Forgetful() });
    await using db = await connect(url);
    const key = "k";
    await db.transact(async () => {
      for (let n = 0; n < 5; n++) await publish(shop.billing, "order:placed", n, { transaction: db.client, key });
    });
    await eventually(() => shop.billing.seen).toHaveLength(5);
    expect(shop.billing.seen.map((one) => (one as unknown[])[0])).toEqual([0, 1, 2, 3, 4]);
    expect(shop.errors.map(String)).toEqual(["Error: the answer was lost"]);
    await eventually(async () => (await shop.kernel.health()).status).toBe("alive");
  });

  test("several on one database publish each message once, those of a key in order; where one stops another goes on", async () => {
    const url = await server.database();
    const orders = new Billing();
    const elsewhere = await new Kernel({ providers: { orders } }).start();
    const engines = [new Recording(), new Recording(), new Recording()];
    const shops = await Promise.all(engines.map((engine) => startShop(url, { engine })));
    let isOver = false;
    const placed: Record<string, string[]> = {};
    const place = async (key: string) => {
      await using db = await connect(url);
      const ids: string[] = [];
      placed[key] = ids;
      while (!isOver) {
        await db.transact(async () => {
          ids.push(await publish(orders, "order:placed", ids.length, { transaction: db.client, key }));
        });
      }
    };
    const placing = Promise.all(["a", "b", "c"].map(place));
    const order: number[] = [];
    while (order.length < 3) {
      const busy = () => engines.findIndex(({ published }, index) => published.length > 0 && !order.includes(index));
      await eventually(busy).toBeGreaterThanOrEqual(0);
      const index = busy();
      order.push(index);
      if (order.length < 3) await shops[index]?.kernel.stop();
    }
    isOver = true;
    await placing;
    await using db = await connect(url);
    // However many were placed meanwhile: as long as some are published it goes on.
    for (let left = await db.left(); left > 0; ) {
      const before = left;
      await eventually(async () => (left = await db.left())).toBeLessThan(before);
    }
    const published = order.flatMap((index) => engines[index]?.published ?? []);
    for (const [key, ids] of Object.entries(placed)) {
      expect(published.filter((message) => message.key === key).map(({ id }) => id)).toEqual(ids);
    }
    for (const shop of shops) await shop[Symbol.asyncDispose]();
    await elsewhere.stop();
    expect(shops.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test("what it reads of its table grows with what is in it, and no faster", async () => {
    const readOf = async (count: number) => {
      const url = await server.database();
      await using db = await connect(url);
      // Makes the table.
      await (await startShop(url)).kernel.stop();
      await db.client.query(
        `INSERT INTO pawl_outbox (id, event, time, source, key, content_type, headers, data)
         SELECT 'm' || n, 'order:placed', 0, 'elsewhere', 'k' || n % 50, 'application/json', '{}', '7'
         FROM generate_series(1, $1::int) n`,
        [count],
      );
      const shop = await startShop(url);
      await eventually(() => shop.billing.seen.length).toBe(count);
      await shop.kernel.stop();
      // What a connection has read is known when it has ended.
      const table = "SELECT * FROM pg_stat_user_tables WHERE relname = 'pawl_outbox'";
      const figures = async () => (await db.client.query(table)).rows[0] as Record<string, string>;
      await eventually(async () => Number((await figures()).n_tup_del)).toBe(count);
      const { seq_tup_read, idx_tup_fetch } = await figures();
      return Number(seq_tup_read) + Number(idx_tup_fetch);
    };
    // Each once to publish it, and once to remove it.
    expect(await readOf(1_000)).toBeLessThan(3 * 1_000);
    expect(await readOf(4_000)).toBeLessThan(3 * 4_000);
  });

  test("one that does not reach its engine has another one publish", async () => {
    const url = await server.database();
    class Unreachable extends MemoryEngine {
      override async publish() {
        throw new Error("no route to host");
      }
    }
    await using first = await startShop(url, { engine: new Unreachable() });
    const engine = new Recording();
    await using second = await startShop(url, { engine });
    await using db = await connect(url);
    await db.transact(() => publish(second.billing, "order:placed", 1, { transaction: db.client, id: "m1" }));
    await eventually(() => second.billing.seen).toEqual([[1, "m1"]]);
    await eventually(db.left).toBe(0);
    expect(first.errors.map(String)).toEqual(["Error: no route to host"]);
    // What it has to publish was published.
    await eventually(async () => (await first.kernel.health()).status).toBe("alive");
  });

  test("a stop publishes what was committed before it, or waits for another outbox that does", async () => {
    const url = await server.database();
    const engines = [new Recording(), new Recording()] as const;
    const shops = [await startShop(url, { engine: engines[0] }), await startShop(url, { engine: engines[1] })] as const;
    await using db = await connect(url);
    // One after another, so that it takes a while.
    await db.transact(async () => {
      for (let n = 0; n < 100; n++) {
        await publish(shops[0].billing, "order:placed", n, { transaction: db.client, key: "k" });
      }
    });
    const stop = async ({ kernel }: (typeof shops)[number]) => {
      await kernel.stop();
      return await db.left();
    };
    expect(await Promise.all(shops.map(stop))).toEqual([0, 0]);
    expect(engines.map(({ published }) => published.length)).toEqual([100, 0]);
  });

  test("a server that is restarted is told of once; what was committed before and after comes, and no password is told", async () => {
    const own = await startPostgres();
    const url = await own.database();
    const shop = await startShop(url);
    const place = async (order: number) => {
      await using db = await connect(url);
      await db.transact(() =>
        publish(shop.billing, "order:placed", order, { transaction: db.client, id: `m${order}` }),
      );
    };
    await place(1);
    await eventually(() => shop.billing.seen).toHaveLength(1);
    await own.restart();
    await eventually(() => shop.errors.length).toBe(1);
    await place(2);
    await eventually(() => shop.billing.seen).toEqual([1, 2].map((n) => [n, `m${n}`]));
    await eventually(async () => (await shop.kernel.health()).status).toBe("alive");
    expect(shop.errors).toMatchObject([{ code: "PAWL_POSTGRES_UNAVAILABLE" }]);
    expect(inspect(shop.errors, { depth: 9 }) + JSON.stringify(shop.kernel.inspect())).not.toContain(secret);
    await shop.kernel.stop();
    await own.stop();
  });

  test("a table that was dropped is made again", async () => {
    const url = await server.database();
    await using shop = await startShop(url);
    await using db = await connect(url);
    await db.client.query("DROP TABLE pawl_outbox");
    await eventually(() => shop.errors).toHaveLength(1);
    await db.transact(() => publish(shop.billing, "order:placed", 1, { transaction: db.client, id: "m1" }));
    await eventually(() => shop.billing.seen).toEqual([[1, "m1"]]);
  });

  test("refuses a pool, and a client that is in no transaction", async () => {
    const url = await server.database();
    await using shop = await startShop(url);
    await using db = await connect(url);
    const place = (transaction: never) => publish(shop.billing, "order:placed", 1, { transaction });
    await expect(place(db.client as never)).rejects.toThrow(/BEGIN comes before/);
    const pool = new pg.Pool({ connectionString: url });
    // @ts-expect-error a pool is no transaction
    const placing = publish(shop.billing, "order:placed", 1, { transaction: pool });
    await expect(placing).rejects.toThrow("it is a pool, which runs each statement on any connection");
    await pool.end();
    await expect(place({ dialect: "mysql", execute: async () => [] } as never)).rejects.toThrow(/not "mysql"/);
    expect(await db.left()).toBe(0);
  });
});

test("a server that cannot be reached fails the start, without a word of the password", async () => {
  for (const address of ["127.0.0.1:1", "localhost:1", "nowhere:bad"]) {
    const outbox = new Outbox({ url: `postgres://test:${secret}@${address}/shop` });
    const error = await new Kernel({ providers: { outbox } }).start().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "PAWL_START_FAILED",
      path: "outbox",
      cause: { code: "PAWL_POSTGRES_UNAVAILABLE" },
    });
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
  }
});

test("refuses a URL of another database, of which it tells the scheme only", () => {
  expect(() => new Outbox({ url: `mysql://test:${secret}@127.0.0.1/shop` })).toThrow(
    /^new Outbox\({ url }\): a URL that begins with "mysql:" goes to no database with an outbox; give "sqlite:/,
  );
  expect(() => new Outbox({ url: "sqlite::memory:" })).toThrow(
    expect.objectContaining({ code: "PAWL_SQLITE_BAD_URL" }),
  );
});
