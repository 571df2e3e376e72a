import type { AddressInfo } from "node:net";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { connections, cpuPerRequest, requests } from "./harness/cpu-per-request.ts";
import { median } from "./harness/results.ts";
import { answer, Query, query } from "./harness/stats-query.ts";

const body = JSON.stringify(query);

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

/** As a typed client of Hono RPC calls it: validated by the middleware for it. */
async function honoRpc() {
  const { Hono } = await import("hono");
  const { validator } = await import("hono/validator");
  const validated = validator("json", (value, c) => {
    const parsed = Query.safeParse(value);
    return parsed.success ? parsed.data : c.json(parsed.error.issues, 400);
  });
  return new Hono()
    .get("/other", (c) => c.text("other"))
    .post("/metrics/stats", validated, (c) => c.json(answer(c.req.valid("json"))));
}

async function trpcRouter() {
  const { initTRPC } = await import("@trpc/server");
  const { procedure, router } = initTRPC.create();
  const metrics = router({ stats: procedure.input(Query).mutation(({ input }) => answer(input)) });
  return router({ other: procedure.query(() => "other"), metrics });
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

async function honoBySocket(make: typeof hono | typeof honoRpc): Promise<Figures> {
  const { serve } = await import("@hono/node-server");
  const app = await make();
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) => {
      resolve(address.port);
      server.unref();
    });
  });
  return cpuPerRequest(`http://127.0.0.1:${port}/metrics/stats`, body);
}

async function trpcBySocket(): Promise<Figures> {
  const { createHTTPServer } = await import("@trpc/server/adapters/standalone");
  const server = createHTTPServer({ router: await trpcRouter() });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return cpuPerRequest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics.stats`, body);
}

async function pawlBySocket(): Promise<Figures> {
  const app = await pawl();
  const figures = await cpuPerRequest(new URL("/metrics/stats", app.url).href, body);
  await app.stop();
  return figures;
}

/** Microseconds of CPU per call without a socket. */
async function byFetch(
  fetch: (request: Request) => Response | Promise<Response>,
  path = "/metrics/stats",
): Promise<Figures> {
  const calls = 5_000;
  const samples: number[] = [];
  for (let pass = 0; pass < 9; pass++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(new Request(`http://localhost${path}`, { method: "POST", headers, body }));
      if (response.status !== 200) throw new Error(`it answered ${response.status}`);
      await response.text();
    }
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / calls);
  }
  return { "µs per request": median(samples.slice(3)) };
}

export const benchmark: Benchmark = {
  title: "A call of an action over HTTP",
  about: `Microseconds of CPU of the server's process per call (${requests} in a pass, ${connections} connections, a load generator in a process of its own; and without a socket, by \`fetch\`): a bare Hono route that reads the body and validates it with the same schema, against an action, whose call is owned by its service, bounded, and answered with secure headers; Hono RPC with the validator of Hono and the same schema; a mutation of tRPC with the same schema, on its standalone server and by its fetch adapter.`,
  rounds: 3,
  variants: {
    "Hono, by socket": { measure: () => honoBySocket(hono) },
    "an action, by socket": { measure: pawlBySocket },
    "Hono RPC, by socket": { measure: () => honoBySocket(honoRpc) },
    "tRPC, by socket": { measure: trpcBySocket },
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
    "Hono RPC, by fetch": {
      measure: async () => {
        const app = await honoRpc();
        return byFetch((request) => app.fetch(request));
      },
    },
    "tRPC, by fetch": {
      measure: async () => {
        const { fetchRequestHandler } = await import("@trpc/server/adapters/fetch");
        const router = await trpcRouter();
        const handle = (req: Request) => fetchRequestHandler({ endpoint: "", req, router });
        return byFetch(handle, "/metrics.stats");
      },
    },
  },
  targets: (results) => [
    {
      what: "an action: CPU per call against a bare Hono route with the same validation",
      ...results.ratio("an action, by socket", "Hono, by socket", "µs per request"),
      atMost: 1.25,
    },
    {
      what: "an action: CPU per call against tRPC",
      ...results.ratio("an action, by socket", "tRPC, by socket", "µs per request"),
      atMost: 1,
    },
  ],
  chart: () => [
    {
      title: "call an action over HTTP, validated: CPU",
      figure: "µs per request",
      pawl: "an action, by socket",
      peers: { "Hono, by hand": "Hono, by socket", "Hono RPC": "Hono RPC, by socket", tRPC: "tRPC, by socket" },
    },
  ],
};
