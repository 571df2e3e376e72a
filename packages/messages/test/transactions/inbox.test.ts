import { DatabaseSync } from "node:sqlite";
import { inbox, type SqlTransaction } from "@pawl/messages";
import { expect, test } from "vitest";

function openDatabase() {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE stock (n INTEGER); INSERT INTO stock VALUES (10)");
  const take = () => db.exec("UPDATE stock SET n = n - 1");
  const left = () => db.prepare("SELECT n FROM stock").get()?.n;
  /** Handles a message as a handler would: rolled back where it fails. */
  const handle = async (message: Parameters<typeof inbox.once>[1], fn: () => unknown) => {
    db.exec("BEGIN IMMEDIATE");
    try {
      const isNew = await inbox.once(db, message, fn);
      db.exec("COMMIT");
      return isNew;
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  };
  return { db, take, left, handle, [Symbol.dispose]: () => db.close() };
}

test("the effects of a message happen once, however often it comes", async () => {
  using stock = openDatabase();
  expect(await stock.handle("m1", stock.take)).toBe(true);
  expect(await stock.handle("m1", stock.take)).toBe(false);
  expect(await stock.handle("m2", stock.take)).toBe(true);
  expect(stock.left()).toBe(8);
});

test("one that failed and was rolled back is handled when it comes again", async () => {
  using stock = openDatabase();
  const fail = () => {
    stock.take();
    throw new Error("no");
  };
  await expect(stock.handle("m1", fail)).rejects.toThrow("no");
  expect(stock.left()).toBe(10);
  expect(await stock.handle("m1", stock.take)).toBe(true);
  expect(stock.left()).toBe(9);
});

test("each group handles a message of its own", async () => {
  using stock = openDatabase();
  for (const group of ["one", "two", "one"]) await stock.handle({ id: "m1", group }, stock.take);
  expect(stock.left()).toBe(8);
});

test("what is forgotten is handled again", async () => {
  using stock = openDatabase();
  await stock.handle("m1", stock.take);
  stock.db.exec("BEGIN IMMEDIATE; UPDATE pawl_inbox SET at = at - 100000");
  await inbox.forget(stock.db, "1d");
  stock.db.exec("COMMIT");
  expect(await stock.handle("m1", stock.take)).toBe(false);
  stock.db.exec("BEGIN IMMEDIATE");
  await inbox.forget(stock.db, "1m");
  stock.db.exec("COMMIT");
  expect(await stock.handle("m1", stock.take)).toBe(true);
});

test("asks any database for the same, by way of execute(sql, values)", async () => {
  using stock = openDatabase();
  const said: string[] = [];
  const transaction: SqlTransaction = {
    async execute(sql, values) {
      said.push(sql);
      return stock.db.prepare(sql.replace(/\$\d+/g, "?")).all(...values);
    },
  };
  expect(await inbox.once(transaction, "m1", stock.take)).toBe(true);
  expect(await inbox.once(transaction, "m1", stock.take)).toBe(false);
  expect(said.filter((sql) => sql.startsWith("INSERT"))).toHaveLength(2);
});
