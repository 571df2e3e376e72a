import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Service } from "@pawl/kernel";
import { Messages, Outbox, publish, subscribe } from "@pawl/messages";
import { type EngineMessage, MemoryEngine, type MessageEngine } from "@pawl/messages/extend";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";

const newPath = () => join(mkdtempSync(join(tmpdir(), "outbox-")), "shop.db");

class Billing extends Service {
  readonly seen: [order: unknown, id: string][] = [];
  override onStart() {
    subscribe(this, "order:placed", (order, { id }) => void this.seen.push([order, id]));
  }
}

async function startShop(path: string, engine: MessageEngine = new MemoryEngine()) {
  const billing = new Billing();
  const messages = new Messages({ engine: () => engine });
  const outbox = new Outbox({ url: `sqlite:${path}` });
  return testApp({ providers: { messages, billing, outbox } }).then((app) => ({ app, billing, outbox }));
}

test("a message comes when the transaction has committed, and never where it is rolled back", async () => {
  const path = newPath();
  const { app, billing } = await startShop(path);
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  const id = await publish(billing, "order:placed", 1, { transaction: db });
  await app.clock.advance("1s");
  expect(billing.seen).toEqual([]);
  db.exec("COMMIT");
  await app.clock.advance("1s");
  expect(billing.seen).toEqual([[1, id]]);
  db.exec("BEGIN IMMEDIATE");
  await publish(billing, "order:placed", 2, { transaction: db });
  db.exec("ROLLBACK");
  await app.clock.advance("1s");
  expect(billing.seen).toHaveLength(1);
  expect(db.prepare("SELECT count(*) AS n FROM pawl_outbox").get()).toEqual({ n: 0 });
});

test("a message whose process was killed after the commit is published by the next one that runs", async () => {
  const path = newPath();
  const program = join(import.meta.dirname, "fixtures", "place-and-die.ts");
  const args = ["--conditions=pawl-source", "--disable-warning=ExperimentalWarning", program, path];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
  const { app, billing } = await startShop(path);
  await using _ = app;
  await app.clock.advance("1s");
  expect(billing.seen).toEqual([[{ id: 1 }, expect.any(String)]]);
});

test("publishes again what the engine has not answered for, which reaches nobody twice; one key stays in order", async () => {
  let lost = 3;
  class Forgetful extends MemoryEngine {
    override async publish(message: EngineMessage) {
      await super.publish(message);
      if (lost-- > 0) throw new Error("the answer was lost");
    }
  }
  const path = newPath();
  const { app, billing, outbox } = await startShop(path, new Forgetful());
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  for (let n = 0; n < 5; n++) await publish(billing, "order:placed", n, { transaction: db, key: "k" });
  db.exec("COMMIT");
  await app.clock.advance("10s");
  expect(billing.seen.map((one) => (one as unknown[])[0])).toEqual([0, 1, 2, 3, 4]);
  expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["the answer was lost"]);
  expect(JSON.stringify(app.inspect())).not.toContain("is not published");
  await outbox.stop();
});

test("what the engine refuses is told, and holds up only what has the same key", async () => {
  class Strict extends MemoryEngine {
    override async publish(message: EngineMessage) {
      if (message.data.length > 1_000) throw new Error("it is too large");
      await super.publish(message);
    }
  }
  const path = newPath();
  const { app, billing } = await startShop(path, new Strict());
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  await publish(billing, "order:placed", "x".repeat(2_000), { transaction: db, key: "ada" });
  await publish(billing, "order:placed", "after it", { transaction: db, key: "ada" });
  for (let i = 0; i < 250; i++) await publish(billing, "order:placed", i, { transaction: db });
  db.exec("COMMIT");
  await app.clock.advance("1s");
  expect(billing.seen.map(([order]) => order)).toEqual(Array.from({ length: 250 }, (_, i) => i));
  expect(db.prepare("SELECT count(*) AS n FROM pawl_outbox").get()).toEqual({ n: 2 });
  expect(app.errors).toMatchObject([{ error: { message: "it is too large" } }]);
});

test("however many are refused, those behind them are published, and they are tried again", async () => {
  let isStrict = true;
  class Strict extends MemoryEngine {
    override async publish(message: EngineMessage) {
      if (isStrict && message.data.length > 1_000) throw new Error("it is too large");
      await super.publish(message);
    }
  }
  const path = newPath();
  const { app, billing } = await startShop(path, new Strict());
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  for (let i = 0; i < 250; i++) {
    const key = i < 10 ? { key: "ada" } : {};
    await publish(billing, "order:placed", "x".repeat(2_000), { transaction: db, ...key });
  }
  await publish(billing, "order:placed", "of its key", { transaction: db, key: "ada" });
  await publish(billing, "order:placed", "behind them", { transaction: db });
  db.exec("COMMIT");
  await app.clock.advance("5s");
  expect(billing.seen.map(([order]) => order)).toEqual(["behind them"]);
  expect(app.errors).toMatchObject([{ error: { message: "it is too large" } }]);
  isStrict = false;
  await app.clock.advance("10s");
  const orders = billing.seen.map(([order]) => order as string);
  expect(orders).toHaveLength(252);
  expect(orders.slice(0, 11).map((order) => order.slice(0, 6))).not.toContain("of its");
  expect(db.prepare("SELECT count(*) AS n FROM pawl_outbox").get()).toEqual({ n: 0 });
  expect(JSON.stringify(app.inspect())).not.toContain("is not published");
});

test("a stop publishes what was committed before it", async () => {
  const path = newPath();
  const engine = new MemoryEngine();
  const published: string[] = [];
  const publishNow = engine.publish.bind(engine);
  engine.publish = async (message) => {
    published.push(message.id);
    await publishNow(message);
  };
  const { app, billing } = await startShop(path, engine);
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  const id = await publish(billing, "order:placed", 1, { transaction: db });
  db.exec("COMMIT");
  expect(published).toEqual([]);
  await app.stop();
  expect(published).toEqual([id]);
  expect(db.prepare("SELECT count(*) AS n FROM pawl_outbox").get()).toEqual({ n: 0 });
});

test("a stop waits two seconds for an engine that cannot be reached; the message stays", async () => {
  const engine: MessageEngine = new MemoryEngine();
  engine.publish = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const path = newPath();
  const { app, billing } = await startShop(path, engine);
  await using _ = app;
  using db = new DatabaseSync(path);
  db.exec("BEGIN IMMEDIATE");
  await publish(billing, "order:placed", 1, { transaction: db });
  db.exec("COMMIT");
  const stopped = app.stop();
  await app.clock.advance("2s");
  await stopped;
  expect(app.errors).toEqual([]);
  expect(db.prepare("SELECT count(*) AS n FROM pawl_outbox").get()).toEqual({ n: 1 });
});

test("refuses a connection that is in no transaction", async () => {
  const path = newPath();
  const { app, billing } = await startShop(path);
  await using _ = app;
  using db = new DatabaseSync(path);
  await expect(publish(billing, "order:placed", 1, { transaction: db })).rejects.toThrow(/BEGIN comes before/);
  await expect(publish(billing, "order:placed", 1, { transaction: 1 as never })).rejects.toThrow(/DatabaseSync/);
});
