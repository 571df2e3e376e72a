import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { App, type GroupFigures, Messages, PawlError, provide } from "pawl";
import { startPostgres } from "../../../../packages/jobs/test/stores/postgres-server.ts";
import { NatsServer } from "../../../../packages/nats/test/nats-server.ts";
import { Part } from "../../services/part.ts";
import { DatabaseReader } from "../database-reader.ts";
import { type Figures, readCompleted, readFigures } from "./figures.ts";
import { LogReader } from "./log-reader.ts";
import { belowOf } from "./random.ts";

export interface ChaosOptions {
  readonly orders: number;
  /** What is killed, and when, follows from it; how the processes take it is up to the machine. */
  readonly seed: number;
  /** Whether the tables are in Postgres, rather than in SQLite. @default false */
  readonly postgres?: boolean;
  /** Is told what happens. */
  readonly tell?: (line: string) => void;
}

export interface ChaosReport extends Figures {
  /** Orders that a web process has answered with 201. */
  readonly accepted: number;
  readonly workersKilled: number;
  readonly brokerKilled: number;
  /** How often an order came to a worker that had come to one before. */
  readonly redelivered: number;
  /** How many of those were packed by then. */
  readonly guarded: number;
  /** What the broker still holds of each group. */
  readonly groups: readonly GroupFigures[];
  /** How often each was told, by any process; by their codes. */
  readonly errors: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const customers = 24;
const products = ["pawl", "ratchet", "clutch"];
/** How long it may go on without another order being completed, in milliseconds. */
const patience = 60_000;

/** Places orders at three web processes while workers and the broker are killed, and tells what has become of them. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { orders, seed, postgres = false, tell = () => {} } = options;
  const began = performance.now();
  // Each has its own, so that the faults do not hang on how quickly orders are placed.
  const [fault, customer] = [belowOf(seed), belowOf(seed + 1)];
  const folder = mkdtempSync(join(tmpdir(), "pawl-chaos-"));
  await using server = await NatsServer.start();
  const database = postgres ? await startPostgres() : undefined;
  const databaseUrl = (await database?.database()) ?? `sqlite:${join(folder, "orders.db")}`;
  const log = new LogReader();
  const env = {
    DATABASE_URL: databaseUrl,
    MESSAGES_URL: server.url,
    PORT: "0",
    PACKING_TIME: "5ms",
    PACKING_LEASE: "1s",
  };
  const part = (name: string) => new Part(new URL(`../../${name}.ts`, import.meta.url), env);
  const [worker1, worker2, worker3] = [part("worker"), part("worker"), part("worker")] as const;
  const workers = [worker1, worker2, worker3];
  const times = { startTimeout: "60s", stopTimeout: "15s" } as const;
  const again = { ...times, restart: "on-failure", maxRestarts: 10_000, backoff: "100ms" } as const;
  const app = new App({
    name: "orders-chaos",
    providers: {
      messages: new Messages({ url: server.url }),
      worker1: provide(worker1, again),
      worker2: provide(worker2, again),
      worker3: provide(worker3, again),
      web1: provide(part("web"), times),
      web2: provide(part("web"), times),
      web3: provide(part("web"), times),
    },
    logger: log.logger,
    onError: (error) => log.count(PawlError.is(error) ? error.code : String(error).replace(/\d+/, "…")),
    shutdownTimeout: "90s",
  });
  try {
    await app.start();
    const urls = [...log.urls.values()];
    let accepted = 0;
    let left = 0;
    const place = async () => {
      while (left > 0) {
        left--;
        const url = urls[customer(urls.length)];
        const order = {
          email: `c${customer(1_000)}@example.com`,
          product: products[customer(3)],
          quantity: 1 + customer(9),
        };
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${url}/orders`, { method: "POST", headers, body: JSON.stringify(order) });
        if (answer.status === 201) accepted++;
        else log.count(`${answer.status}: ${await answer.text()}`);
      }
    };
    const killed = { workers: 0, broker: 0 };
    const faults = Math.min(60, Math.max(8, Math.ceil(orders / 500)));
    const harm = async (nth: number) => {
      await delay(fault(400));
      // One of each kind in any case.
      if (nth === 1 || (nth > 1 && fault(4) === 0)) {
        killed.broker++;
        await server.kill("SIGKILL");
        await delay(fault(1_000));
        await server.run();
      } else {
        killed.workers += kill(workers[fault(workers.length)]);
      }
    };
    await using reader = await DatabaseReader.open(databaseUrl);
    for (let nth = 0; nth < faults; nth++) {
      left += Math.floor((orders * (nth + 1)) / faults) - Math.floor((orders * nth) / faults);
      const placing = Promise.all(Array.from({ length: customers }, place));
      await Promise.all([placing, harm(nth)]);
      tell(
        `${accepted} placed, ${await readCompleted(reader)} completed, ${killed.workers} workers and ${killed.broker} times the broker killed`,
      );
    }
    await untilCompleted(reader, orders, tell);
    const groups = await groupsOf(app.service("messages"));
    const rest = await readFigures(reader);
    await app.stop();
    return {
      accepted,
      ...rest,
      workersKilled: killed.workers,
      brokerKilled: killed.broker,
      redelivered: log.begun - orders,
      guarded: log.guarded,
      groups,
      errors: log.errors,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await app.stop();
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives how many it has killed: one that is being restarted cannot be. */
function kill(part: Part | undefined): number {
  try {
    return part?.pid !== undefined && process.kill(part.pid, "SIGKILL") ? 1 : 0;
  } catch {
    return 0;
  }
}

/** The broker may have been killed a moment ago. */
async function groupsOf(messages: Messages): Promise<readonly GroupFigures[]> {
  for (let left = 50; ; left--) {
    try {
      return await messages.groups();
    } catch (error) {
      if (left === 0) throw error;
      await delay(200);
    }
  }
}

/** Until all are completed, or none was for a long time. */
async function untilCompleted(reader: DatabaseReader, orders: number, tell: (line: string) => void): Promise<void> {
  let last = -1;
  let since = performance.now();
  for (;;) {
    const completed = await readCompleted(reader);
    if (completed >= orders) return;
    if (completed !== last) since = performance.now();
    else if (performance.now() - since > patience) return;
    last = completed;
    tell(`${completed} of ${orders} completed`);
    await delay(1_000);
  }
}
