import type { AddressInfo } from "node:net";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { nanosecondsPerCallCalibrated } from "./harness/cpu.ts";
import { connections, cpuPerRequest as measure, requests } from "./harness/cpu-per-request.ts";

const stats = { orders: 41, revenue: 1234.5, products: ["pawl", "sprag", "ratchet"], open: true };
const page = (data: typeof stats) => `<h1>Dashboard</h1><p>${data.orders} orders</p>`;

type Answer = "at once" | "after a promise" | "a response of its own";

async function hono(answer: Answer, how: "bare" | "with secure headers" = "bare"): Promise<Figures> {
  const { Hono } = await import("hono");
  const { serve } = await import("@hono/node-server");
  const { secureHeaders } = await import("hono/secure-headers");
  const app = new Hono();
  if (how === "with secure headers") app.use(secureHeaders());
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

async function bareNode(): Promise<Figures> {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/dashboard") {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.stringify(stats);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    response.writeHead(200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return measure(`http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`);
}

async function fastify(): Promise<Figures> {
  const { fastify } = await import("fastify");
  const app = fastify({ logger: false });
  app.get("/other", () => "other");
  app.get("/dashboard", () => stats);
  const figures = await measure(`${await app.listen({ port: 0, host: "127.0.0.1" })}/dashboard`);
  await app.close();
  return figures;
}

async function nest(): Promise<Figures> {
  await import("reflect-metadata");
  const { Controller, Get, Inject, Injectable, Module } = await import("@nestjs/common");
  const { NestFactory } = await import("@nestjs/core");
  const { FastifyAdapter } = await import("@nestjs/platform-fastify");
  class Metrics {
    stats() {
      return stats;
    }
  }
  Injectable()(Metrics);
  class Dashboard {
    readonly #metrics: Metrics;

    constructor(metrics: Metrics) {
      this.#metrics = metrics;
    }

    load() {
      return this.#metrics.stats();
    }

    other() {
      return "other";
    }
  }
  Inject(Metrics)(Dashboard, undefined, 0);
  for (const [method, path] of [
    ["load", "dashboard"],
    ["other", "other"],
  ] as const) {
    Get(path)(
      Dashboard.prototype,
      method,
      Object.getOwnPropertyDescriptor(Dashboard.prototype, method) as TypedPropertyDescriptor<unknown>,
    );
  }
  Controller()(Dashboard);
  class Root {}
  Module({ controllers: [Dashboard], providers: [Metrics] })(Root);
  const app = await NestFactory.create(Root, new FastifyAdapter({ logger: false }), { logger: false });
  await app.listen(0, "127.0.0.1");
  const figures = await measure(`${await app.getUrl()}/dashboard`);
  await app.close();
  return figures;
}

/** Without a socket: what the number of controllers does to a request of one of them. */
async function among(count: number): Promise<Figures> {
  const { App, Controller } = await import("pawl");
  const controllers = Array.from(
    { length: count },
    (_, i) =>
      class extends Controller {
        static override route = `/page${i}`;
        load() {
          return stats;
        }
      },
  );
  const app = await new App({ routes: controllers, http: false }).start();
  const url = `http://localhost/page${count >> 1}`;
  const init = { headers: { accept: "application/json" } };
  const figure = await nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; i++) {
      const response = await app.fetch(new Request(url, init));
      if (response.status !== 200) throw new Error(`it answered ${response.status}`);
      await response.text();
    }
  });
  await app.stop();
  return { "µs per request, by fetch": figure / 1000 };
}

const sizes = [1, 10, 100, 1000] as const;
const amongst = (count: number) => `one of ${count === 1 ? "1 controller" : `${count} controllers`}`;

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
  about: `Microseconds of CPU of the server's process per request (${requests} in a pass, ${connections} connections, a load generator in a process of its own): bare Hono on its adapter for Node, against a controller whose request is owned, negotiated, and answered with secure headers; and what else there is: \`node:http\` with nothing on it, fastify, Nest on fastify with a controller and a provider. Without a socket: what the number of controllers does.`,
  rounds: 4,
  variants: {
    "Hono, at once": { measure: () => hono("at once") },
    "Hono, at once, with its secureHeaders()": { measure: () => hono("at once", "with secure headers") },
    "a controller, at once": { measure: () => pawl("at once") },
    "a controller, at once, without the secure headers": { measure: () => pawl("at once", bare) },
    "a controller, c.json()": { measure: () => pawl("a response of its own") },
    "Hono, after a promise": { measure: () => hono("after a promise") },
    "a controller, after a promise": { measure: () => pawl("after a promise") },
    "node:http": { measure: bareNode },
    fastify: { measure: fastify },
    "Nest on fastify": { measure: nest },
    ...Object.fromEntries(sizes.map((count) => [amongst(count), { measure: () => among(count) }])),
  },
  growth: [
    {
      what: "time of a request with the controllers",
      figure: "µs per request, by fetch",
      sizes: sizes.map((count) => [count, amongst(count)] as const),
    },
  ],
  targets: (results) => [
    ...(
      [
        ["a controller, at once", "Hono, at once"],
        ["a controller, c.json()", "Hono, at once"],
        ["a controller, after a promise", "Hono, after a promise"],
      ] as const
    ).map(([controller, hono]) => ({
      what: `${controller}: CPU per request against bare Hono`,
      ...results.ratio(controller, hono, "µs per request"),
      atMost: 1.05,
    })),
    {
      what: "a controller, at once: CPU per request against Nest on fastify",
      ...results.ratio("a controller, at once", "Nest on fastify", "µs per request"),
      atMost: 1,
    },
  ],
  chart: () => [
    {
      title: "a request to a controller, which adds secure headers: CPU",
      figure: "µs per request",
      pawl: "a controller, at once",
      peers: {
        "node:http": "node:http",
        Hono: "Hono, at once",
        "Hono with secureHeaders": "Hono, at once, with its secureHeaders()",
        fastify: "fastify",
        "Nest on fastify": "Nest on fastify",
      },
    },
  ],
};
