import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import type { PgBoss } from "../../src/stores/postgres-boss.ts";
import { PostgresSource } from "../../src/stores/postgres-source.ts";

test("the next job of a key is taken as soon as the one before has ended", async () => {
  const [first, second] = ["one", "two"].map((id) => {
    const data = { id, key: "ada", dueAt: 0, enqueuedAt: 0, source: "shop", headers: {}, input: "" };
    return { id, data, priority: 0, retryCount: 0, output: null };
  });
  const keyed = [first];
  const boss = {
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
    fetch: async (queue: string) => (queue === "mail/keyed" ? keyed.splice(0) : []),
    async complete() {
      keyed.push(second);
    },
  } as unknown as PgBoss;
  const clock = virtualClock();
  const source = new PostgresSource(boss, clock, { name: "mail", leaseMs: 30_000, concurrency: 2 });
  const { signal } = new AbortController();
  const [taken] = await source.take(2, signal);
  const next = source.take(1, signal);
  await clock.advance(50);
  await taken?.done();
  await clock.advance(0);
  expect(await next).toMatchObject([{ id: "two" }]);
});

test("jobs without a key are taken although there are always some with one, and the other way round", async () => {
  const asked: string[] = [];
  const boss = {
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
    async fetch(queue: string) {
      asked.push(queue);
      const data = { id: queue, dueAt: 0, enqueuedAt: 0, source: "shop", headers: {}, input: "" };
      return [{ id: "6f0c", data, priority: 0, retryCount: 0, output: null }];
    },
  } as unknown as PgBoss;
  const source = new PostgresSource(boss, virtualClock(), { name: "mail", leaseMs: 30_000, concurrency: 1 });
  const { signal } = new AbortController();
  for (let i = 0; i < 4; i++) await source.take(1, signal);
  expect(asked).toEqual(["mail/keyed", "mail", "mail/keyed", "mail"]);
});

test("jobs that were taken from one queue are worked on although the connection fails at the other", async () => {
  const data = { id: "one", key: "ada", dueAt: 0, enqueuedAt: 0, source: "shop", headers: {}, input: "" };
  const keyed = [{ id: "6f0c", data, priority: 0, retryCount: 0, output: null }];
  const boss = {
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
    async fetch(queue: string) {
      if (queue === "mail") throw new Error("connection lost");
      return keyed.splice(0);
    },
  } as unknown as PgBoss;
  const worker = { name: "mail", leaseMs: 30_000, concurrency: 2 };
  const source = new PostgresSource(boss, virtualClock(), worker);
  const { signal } = new AbortController();
  expect(await source.take(2, signal)).toMatchObject([{ id: "one" }]);
  await expect(source.take(2, signal)).rejects.toThrow("connection lost");
});
