import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { connections, cpuPerRequest as measure, requests } from "./harness/cpu-per-request.ts";

const stats = { orders: 41, revenue: 1234.5, products: ["pawl", "sprag", "ratchet"], open: true };
const page = (data: typeof stats) => `<h1>Dashboard</h1><p>${data.orders} orders</p>`;

type Answer = "at once" | "after a promise" | "a response of its own";

async function hono(answer: Answer): Promise<Figures> {
  const { Hono } = await import("hono");
  const { serve } = await import("@hono/node-server");
  const app = new Hono();
  app.get("/other", (c) => c.text("other"));
  if (answer === "after a promise") {
    app.get("/dashboard", async (c) => {
      await null;
      return c.json(stats);
    });
  } else app.get("/dashboard", (c) => c.json(stats));
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) => {
      resolve(address.port);
      server.unref();
    });
  });
  return measure(`http://127.0.0.1:${port}/dashboard`);
}

async function pawl(answer: Answer, headers: Readonly<Record<string, false>> = {}): Promise<Figures> {
  const { App, Controller, Service } = await import("pawl");
  const { Hono } = await import("hono");
  class Metrics extends Service {
    stats() {
      return stats;
    }
  }
  class Dashboard extends Controller {
    static override route = "/dashboard";
    load(c: import("pawl").Context): unknown {
      const data = (this.service("metrics") as Metrics).stats();
      if (answer === "a response of its own") return c.json(data);
      return answer === "at once" ? data : Promise.resolve(data);
    }
    override view(data: typeof stats) {
      return page(data);
    }
  }
  const app = new App({
    providers: { metrics: new Metrics() },
    routes: [Dashboard, new Hono().get("/other", (c) => c.text("other"))],
    http: { port: 0, host: "127.0.0.1", headers },
  });
  await app.start();
  const figures = await measure(new URL("/dashboard", app.url).href);
  await app.stop();
  return figures;
}

const bare = {
  "X-Content-Type-Options": false,
  "X-Frame-Options": false,
  "Referrer-Policy": false,
  "Cross-Origin-Opener-Policy": false,
  "Cross-Origin-Resource-Policy": false,
  "Origin-Agent-Cluster": false,
} as const;

export const benchmark: Benchmark = {
  title: "A request to a controller",
  about: `Microseconds of CPU of the server's process per request (${requests} in a pass, ${connections} connections, a load generator in a process of its own): bare Hono on its adapter for Node, against a controller whose request is owned, negotiated, and answered with secure headers.`,
  variants: {
    "Hono, at once": { measure: () => hono("at once") },
    "a controller, at once": { measure: () => pawl("at once") },
    "a controller, at once, without the secure headers": { measure: () => pawl("at once", bare) },
    "a controller, c.json()": { measure: () => pawl("a response of its own") },
    "Hono, after a promise": { measure: () => hono("after a promise") },
    "a controller, after a promise": { measure: () => pawl("after a promise") },
  },
  targets: (results) =>
    (
      [
        ["a controller, at once", "Hono, at once"],
        ["a controller, c.json()", "Hono, at once"],
        ["a controller, after a promise", "Hono, after a promise"],
      ] as const
    ).map(([controller, hono]) => ({
      what: `${controller}: CPU per request against bare Hono`,
      ...results.ratio(controller, hono, "µs per request"),
      atMost: 1.1,
    })),
};
