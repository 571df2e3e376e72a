import { z } from "zod";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { connections, cpuPerRequest, requests } from "./harness/cpu-per-request.ts";
import { median } from "./harness/results.ts";

const Query = z.object({ since: z.string(), products: z.array(z.string()), limit: z.number().int().default(10) });
const body = JSON.stringify({ since: "2026-01-01", products: ["pawl", "sprag", "ratchet"] });
const stats = { orders: 41, revenue: 1234.5, open: true };

/** What both do with an input that fits. */
const answer = ({ limit }: z.infer<typeof Query>) => ({ ...stats, limit });

async function hono() {
  const { Hono } = await import("hono");
  const app = new Hono();
  app.get("/other", (c) => c.text("other"));
  app.post("/metrics/stats", async (c) => {
    const query = Query.safeParse(await c.req.json());
    return query.success ? c.json(answer(query.data)) : c.json(query.error.issues, 400);
  });
  return app;
}

async function pawl() {
  const { App, Service } = await import("pawl");
  const { Hono } = await import("hono");
  class Metrics extends Service {
    stats = this.action(Query, answer);
  }
  const app = new App({
    providers: { metrics: new Metrics() },
    routes: [new Hono().get("/other", (c) => c.text("other"))],
    http: { port: 0, host: "127.0.0.1" },
  });
  return app.start();
}

async function honoBySocket(): Promise<Figures> {
  const { serve } = await import("@hono/node-server");
  const app = await hono();
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) => {
      resolve(address.port);
      server.unref();
    });
  });
  return cpuPerRequest(`http://127.0.0.1:${port}/metrics/stats`, body);
}

async function pawlBySocket(): Promise<Figures> {
  const app = await pawl();
  const figures = await cpuPerRequest(new URL("/metrics/stats", app.url).href, body);
  await app.stop();
  return figures;
}

/** Microseconds of CPU per call without a socket. */
async function byFetch(fetch: (request: Request) => Response | Promise<Response>): Promise<Figures> {
  const calls = 10_000;
  const samples: number[] = [];
  for (let pass = 0; pass < 9; pass++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(new Request("http://localhost/metrics/stats", { method: "POST", headers, body }));
      if (response.status !== 200) throw new Error(`it answered ${response.status}`);
      await response.text();
    }
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / calls);
  }
  return { "µs per request": median(samples.slice(3)) };
}

export const benchmark: Benchmark = {
  title: "A call of an action",
  about: `Microseconds of CPU of the server's process per call (${requests} in a pass, ${connections} connections, a load generator in a process of its own; and without a socket, by \`fetch\`): a bare Hono route that reads the body and validates it with the same schema, against an action, whose call is owned by its service, bounded, and answered with secure headers.`,
  variants: {
    "Hono, by socket": { measure: honoBySocket },
    "an action, by socket": { measure: pawlBySocket },
    "Hono, by fetch": {
      measure: async () => {
        const app = await hono();
        return byFetch((request) => app.fetch(request));
      },
    },
    "an action, by app.fetch": {
      measure: async () => {
        const app = await pawl();
        const figures = await byFetch((request) => app.fetch(request));
        await app.stop();
        return figures;
      },
    },
  },
  targets: (results) => [
    {
      what: "an action: CPU per call against a bare Hono route with the same validation",
      ...results.ratio("an action, by socket", "Hono, by socket", "µs per request"),
      atMost: 1.25,
    },
  ],
};
