import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../packages/jobs/test/stores/postgres-server.ts";
import { hasServer, NatsServer } from "../../../packages/nats/test/nats-server.ts";
import type { ShopOrder } from "../services/shop.ts";
import { RunningOrders, told } from "./running-orders.ts";

if (!hasPostgres) process.stderr.write("no initdb was found: the tests of the orders in Postgres are SKIPPED\n");

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.stop(), 60_000);

const sqliteJobs = "pawl_job WHERE name = 'email.send'";

/** What it keeps everything in, where its jobs are, and what that needs. */
const engines = [
  {
    name: "SQLite",
    isThere: true,
    jobs: sqliteJobs,
    begin: async () => ({ env: {}, async [Symbol.asyncDispose]() {} }),
  },
  {
    name: "a NATS server",
    isThere: hasServer,
    jobs: sqliteJobs,
    async begin() {
      const server = await NatsServer.start();
      return { env: { MESSAGES_URL: server.url }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
  },
  {
    name: "a NATS server and Postgres",
    isThere: hasServer && hasPostgres,
    jobs: "pawl_jobs.job WHERE name = 'email.send'",
    async begin() {
      const server = await NatsServer.start();
      const env = { MESSAGES_URL: server.url, DATABASE_URL: (await postgres?.database()) ?? "" };
      return { env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    },
  },
];

for (const { name, isThere, jobs, begin } of engines) {
  describe.skipIf(!isThere)(`the orders, in three processes over ${name}`, () => {
    test("an order is placed, packed, completed and confirmed, once", async () => {
      await using engine = await begin();
      await using orders = new RunningOrders(engine.env);
      const placed = [await orders.order({ quantity: 2 }), await orders.order(), await orders.order()];
      for (const order of placed) await orders.untilCompleted(order);
      await orders.untilMailed(placed);
      expect(await orders.packed("pawl")).toBe(4);
      expect(await orders.count(jobs)).toBe(3);
      expect(await orders.count("pawl_inbox")).toBe(3);
      orders.program.signal("SIGINT");
      const ended = await orders.program.ended;
      expect(orders.mails).toEqual(placed.map(({ id }) => `${id}.eml`).toSorted());
      const mail = readFileSync(join(orders.outbox, `${placed[0]?.id}.eml`), "utf8");
      expect(mail).toContain("To: ada@example.com");
      expect(mail).toContain(`Message-ID: <${placed[0]?.id}@orders.pawl>`);
      const sent = told(ended).filter((line) => line.endsWith("confirmation sent"));
      expect(sent.toSorted()).toEqual(
        placed.map(({ id }) => `mailer/email: order ${id}: confirmation sent`).toSorted(),
      );
      expect(ended.code).toBe(0);
    });

    test("a worker that is killed while it packs: another one completes the order, once", async () => {
      await using engine = await begin();
      await using orders = new RunningOrders({ ...engine.env, PACKING_TIME: "300ms" });
      const order = await orders.order({ quantity: 3 });
      await orders.program.errorLine(new RegExp(`packing order ${order.id}"`));
      await orders.kill("worker");
      await orders.untilCompleted(order);
      await orders.untilMailed([order]);
      expect(await orders.packed("pawl")).toBe(3);
      orders.program.signal("SIGTERM");
      const ended = await orders.program.ended;
      const lines = told(ended);
      expect(lines).toContain(`worker/packing: packing order ${order.id}, try 2`);
      expect(lines).toContainEqual(expect.stringMatching(/^worker: is restarted/));
      expect(lines.filter((line) => line.endsWith("confirmation sent"))).toHaveLength(1);
      expect(ended.code).toBe(0);
    });

    test("^C stops web first, then worker, then mailer: what is being packed is completed, and confirmed by then or after the next start", async () => {
      await using engine = await begin();
      await using orders = new RunningOrders({ ...engine.env, PACKING_TIME: "500ms" });
      const order = await orders.order();
      await orders.program.errorLine(new RegExp(`packing order ${order.id}"`));
      orders.program.signal("SIGINT");
      const ended = await orders.program.ended;
      const stops = told(ended).filter((line) =>
        /^(web|worker|mailer|app): (is stopping|stopped|orders stopped)$/.test(line),
      );
      expect(stops).toEqual([
        "web: is stopping",
        "web: stopped",
        "worker: is stopping",
        "worker: stopped",
        "mailer: is stopping",
        "mailer: stopped",
        "app: orders stopped",
      ]);
      expect(await orders.packed("pawl")).toBe(1);
      expect([ended.code, ended.lines]).toEqual([0, []]);
      expect(ended.seconds).toBeLessThan(15);
      orders.again();
      await orders.untilCompleted(order);
      await orders.untilMailed([order]);
      expect(await orders.packed("pawl")).toBe(1);
      const all = [...told(ended), ...told(orders.program)];
      expect(all.filter((line) => line.endsWith("confirmation sent"))).toHaveLength(1);
    });
  });
}

describe("the orders", () => {
  test("that cannot be taken are answered with what is wrong, field by field", async () => {
    await using orders = new RunningOrders();
    const url = await orders.url("/orders");
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ email: "ada", product: "pawl" }) });
    expect(answer.status).toBe(400);
    const { issues } = (await answer.json()) as { readonly issues: readonly unknown[] };
    expect(issues).toEqual([{ field: "email", message: "an e-mail address is needed for the confirmation" }]);
  });

  test("are placed by a form too, and stand on the page with their state", async () => {
    await using orders = new RunningOrders();
    const url = await orders.url("/orders");
    const page = await fetch(url, {
      method: "POST",
      headers: { accept: "text/html" },
      body: new URLSearchParams({ email: "grace@example.com", product: "clutch", quantity: "2" }),
    });
    expect([page.status, page.redirected]).toEqual([200, true]);
    expect(await page.text()).toMatch(/2 × Sprag clutch, 30 mm<\/td><td>grace@example\.com<\/td><td>€ 178\.00<\/td>/);
    const { orders: found } = (await (await fetch(url)).json()) as { readonly orders: readonly [ShopOrder] };
    await orders.untilCompleted(found[0]);
    expect(await (await fetch(url, { headers: { accept: "text/html" } })).text()).toContain(">completed</td>");
    expect((await fetch(await orders.url("/orders/unknown"))).status).toBe(404);
  });

  test("that came just before the web process was killed are packed all the same, once", async () => {
    await using orders = new RunningOrders();
    const url = await orders.url("/orders");
    const body = new URLSearchParams({ email: "ada@example.com", product: "ratchet", quantity: "7" });
    // It answers when an order is kept; what is said of that may be under way.
    const placed = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(url, { method: "POST", body })).json() as Promise<ShopOrder>),
    );
    await orders.kill("web");
    await orders.untilMailed(placed);
    expect(orders.mails).toEqual(placed.map(({ id }) => `${id}.eml`).toSorted());
    expect(await orders.packed("ratchet")).toBe(140);
  });

  test("do not start where a process cannot: all is undone, and its log says why", async () => {
    await using orders = new RunningOrders({ PACKING_TIME: "soon" });
    const ended = await orders.program.ended;
    const lines = told(ended);
    expect(lines).toContain('worker:   packing.time: it must be a duration, such as 1s (PACKING_TIME is "soon")');
    expect(lines).toContain("mailer: stopped");
    expect(lines.join("\n")).not.toContain("web: runs as process");
    expect(ended.code).toBe(1);
  });

  test("do not start where the port is taken, and do not try it again and again", async () => {
    await using other = new RunningOrders();
    const { port } = new URL(await other.url());
    await using orders = new RunningOrders({ PORT: port });
    const ended = await orders.program.ended;
    const lines = told(ended);
    expect(lines).toContainEqual(expect.stringMatching(`^web/http: port ${port} is taken`));
    expect(lines.filter((line) => line.startsWith("web: runs as process"))).toHaveLength(1);
    expect(ended.code).toBe(1);
  });
});
