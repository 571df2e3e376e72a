import { expect, test } from "vitest";
import { hasPostgres } from "../../../packages/jobs/test/stores/postgres-server.ts";
import { hasServer } from "../../../packages/nats/test/nats-server.ts";
import { chaos } from "./chaos/chaos.ts";

/** What processes may say whose broker is killed, and who starts them again. */
const expected = [
  "Error: process … ended: SIGKILL",
  "Error: process … ended: exit code 1",
  "PAWL_LEASE_NOT_SETTLED",
  "PAWL_NATS_CONNECTION",
  "PAWL_START_FAILED",
];

if (!hasPostgres) process.stderr.write("no initdb was found: the chaos run on Postgres is SKIPPED\n");

// Half a minute each where nothing else runs.
test.for([
  { name: "SQLite", postgres: false, isThere: hasServer },
  { name: "Postgres", postgres: true, isThere: hasServer && hasPostgres },
])(
  "of 500 orders in $name none is lost and none is packed twice, while workers and the broker are killed",
  { timeout: 180_000 },
  async ({ postgres, isThere }, { skip }) => {
    skip(!isThere);
    const seed = Math.floor(Math.random() * 1e9);
    const report = await chaos({ orders: 500, seed, postgres });
    const { ordered, packed, groups, errors, ...figures } = report;
    const told = `pnpm chaos --orders 500 --seed ${seed}${postgres ? " --postgres" : ""}: ${JSON.stringify(report)}`;
    expect(figures, told).toMatchObject({ accepted: 500, orders: 500, completed: 500, handled: 500, unpublished: 0 });
    expect(packed, told).toEqual(ordered);
    expect(figures.workersKilled, told).toBeGreaterThan(0);
    expect(figures.brokerKilled, told).toBeGreaterThan(0);
    expect(groups.map(({ group, dead }) => [group, dead]).toSorted(), told).toEqual([
      ["packing", 0],
      ["shop", 0],
    ]);
    expect(
      Object.keys(errors).filter((code) => !expected.includes(code)),
      told,
    ).toEqual([]);
  },
);
