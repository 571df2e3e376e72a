import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import type { PgBoss } from "../../src/stores/postgres-boss.ts";
import { PostgresSource } from "../../src/stores/postgres-source.ts";

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
