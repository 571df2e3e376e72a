import { z } from "zod";
import { hasServer, NatsServer } from "../packages/nats/test/nats-server.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { median } from "./harness/results.ts";

const Query = z.object({ since: z.string(), products: z.array(z.string()), limit: z.number().int().default(10) });
type Query = z.infer<typeof Query>;
const query = { since: "2026-01-01", products: ["pawl", "sprag", "ratchet"] };

/** What both do with an input that fits. */
const answer = ({ limit }: Query) => ({ orders: 41, revenue: 1234.5, open: true, limit });
type Stats = ReturnType<typeof answer>;

const calls = 4_000;
const inFlight = 50;
const passes = 7;
const warmUp = 2;

/** Calls per second of wall time: the server between is a process of its own. */
async function measured(call: () => Promise<Stats>): Promise<Figures> {
  const pass = async (width: number) => {
    let left = calls;
    const one = async () => {
      while (left-- > 0) {
        const { orders } = await call();
        if (orders !== 41) throw new Error("it answered something else");
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: width }, one));
    return (calls / (performance.now() - began)) * 1_000;
  };
  const median7 = async (width: number) => {
    const samples: number[] = [];
    for (let i = 0; i < passes; i++) samples.push(await pass(width));
    return median(samples.slice(warmUp));
  };
  return {
    "calls per s, one after the other": await median7(1),
    [`calls per s, ${inFlight} in flight`]: await median7(inFlight),
  };
}

async function bare(): Promise<Figures> {
  const { connect } = await import("@nats-io/transport-node");
  await using server = await NatsServer.start();
  const serving = await connect({ servers: server.url });
  const calling = await connect({ servers: server.url });
  serving.subscribe("shop.metrics.stats", {
    queue: "shop",
    callback: (error, message) => {
      if (error) throw error;
      message.respond(JSON.stringify(answer(Query.parse(message.json()))));
    },
  });
  await serving.flush();
  const figures = await measured(async () => {
    const reply = await calling.request("shop.metrics.stats", JSON.stringify(query), { timeout: 30_000 });
    return reply.json<Stats>();
  });
  await calling.close();
  await serving.close();
  return figures;
}

async function pawl(): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  const { NatsActions, natsClient } = await import("@pawl/nats");
  await using server = await NatsServer.start();
  class Metrics extends Service {
    stats = this.action(Query, answer);
  }
  const providers = { metrics: new Metrics(), nats: new NatsActions({ url: server.url }) };
  const kernel = await new Kernel({ name: "shop", providers }).start();
  const shop = natsClient<{ metrics: Metrics }>(server.url, { app: "shop" });
  const figures = await measured(() => shop.metrics.stats(query));
  await shop[Symbol.asyncDispose]();
  await kernel.stop();
  return figures;
}

export const benchmark: Benchmark = {
  title: "Calls of actions over NATS",
  about: `Calls per second of wall time, caller and service in one process, each with a connection of its own to a nats-server: a bare request to a queue group whose handler validates the same schema, against an action that is called by \`natsClient\`, bounded, told apart from nobody being there, and cancelled where the caller leaves.`,
  ...(hasServer ? {} : { missing: "nats-server is not installed" }),
  rounds: 3,
  variants: {
    "a bare request": { measure: bare },
    "an action": { measure: pawl },
  },
  targets: (results) =>
    ["calls per s, one after the other", `calls per s, ${inFlight} in flight`].map((figure) => ({
      what: `${figure}: an action over NATS against a bare request`,
      ...results.ratio("an action", "a bare request", figure),
      atLeast: 0.8,
    })),
};
