import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import type { PgBoss } from "../../src/stores/postgres-boss.ts";
import { PostgresSource } from "../../src/stores/postgres-source.ts";

test("the next job of a key is taken as soon as the one before has ended", async () => {
  const [first, second] = ["one", "two"].map((id) => {
    const data = { id, key: "ada", dueAt: 0, enqueuedAt: 0, source: "shop", headers: {}, input: "" };
    return { id, data, retryCount: 0 };
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
      return [{ id: "6f0c", data, retryCount: 0 }];
    },
  } as unknown as PgBoss;
  const source = new PostgresSource(boss, virtualClock(), { name: "mail", leaseMs: 30_000, concurrency: 1 });
  const { signal } = new AbortController();
  for (let i = 0; i < 4; i++) await source.take(1, signal);
  expect(asked).toEqual(["mail/keyed", "mail", "mail/keyed", "mail"]);
});

test("jobs that were taken from one queue are worked on although the connection fails at the other", async () => {
  const data = { id: "one", key: "ada", dueAt: 0, enqueuedAt: 0, source: "shop", headers: {}, input: "" };
  const keyed = [{ id: "6f0c", data, retryCount: 0 }];
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

test("who wants no more jobs waits for the look under way, and not until the next one", async () => {
  const looks: (() => void)[] = [];
  const boss = {
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
    fetch: () => new Promise((resolve) => looks.push(() => resolve([]))),
  } as unknown as PgBoss;
  const clock = virtualClock();
  const source = new PostgresSource(boss, clock, { name: "mail", leaseMs: 30_000, concurrency: 1 });
  const ending = new AbortController();
  const taken = source.take(1, ending.signal);
  for (let look = 0; look < 2; look++) {
    await clock.settle();
    if (look === 1) ending.abort();
    looks[look]?.();
  }
  expect(await taken).toEqual([]);
  expect(clock.pending).toEqual([]);
});

test("what is fetched of a job is no more than its worker needs", async () => {
  const asked: unknown[] = [];
  const boss = {
    getDb: () => ({ executeSql: async () => ({ rows: [] }) }),
    async fetch(_: string, options: object) {
      asked.push(options);
      return [{ id: "6f0c", data: { enqueuedAt: 5, source: "shop", input: "" }, retryCount: 0 }];
    },
  } as unknown as PgBoss;
  const source = new PostgresSource(boss, virtualClock(), { name: "mail", leaseMs: 30_000, concurrency: 1 });
  const [taken] = await source.take(1, new AbortController().signal);
  expect(asked).toEqual([{ batchSize: 1 }]);
  const known = { id: "6f0c", name: "mail", key: undefined, priority: 0, dueAt: 5, enqueuedAt: 5, headers: {} };
  expect(taken?.job).toEqual({ ...known, source: "shop", input: "" });
});
