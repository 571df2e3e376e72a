import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { buildPackages, figuresOf } from "./harness/own-node.ts";

/** What each program does between its first line and the answer to `GET /orders`. `asked(port)` asks for that. */
const programs = {
  "node:http": `
    const { createServer } = await import("node:http");
    const orders = new (class Orders { count() { return { orders: 41 }; } })();
    const server = createServer((request, response) => {
      const body = JSON.stringify(orders.count());
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    await asked(server.address().port);`,
  Hono: `
    const { Hono } = await import("hono");
    const { serve } = await import("@hono/node-server");
    const orders = new (class Orders { count() { return { orders: 41 }; } })();
    const app = new Hono().get("/orders", (c) => c.json(orders.count()));
    const { port } = await new Promise((resolve) => serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, resolve));
    await asked(port);`,
  fastify: `
    const { fastify } = await import("fastify");
    const app = fastify();
    app.decorate("orders", new (class Orders { count() { return { orders: 41 }; } })());
    app.get("/orders", () => app.orders.count());
    await app.listen({ port: 0, host: "127.0.0.1" });
    await asked(app.server.address().port);`,
  "Nest on fastify": `
    await import("reflect-metadata");
    const { Controller, Get, Inject, Injectable, Module } = await import("@nestjs/common");
    const { NestFactory } = await import("@nestjs/core");
    const { FastifyAdapter } = await import("@nestjs/platform-fastify");
    class Orders { count() { return { orders: 41 }; } }
    Injectable()(Orders);
    class OrderDesk {
      constructor(orders) { this.orders = orders; }
      load() { return this.orders.count(); }
    }
    Inject(Orders)(OrderDesk, undefined, 0);
    Get("orders")(OrderDesk.prototype, "load", Object.getOwnPropertyDescriptor(OrderDesk.prototype, "load"));
    Controller()(OrderDesk);
    class Root {}
    Module({ controllers: [OrderDesk], providers: [Orders] })(Root);
    const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false });
    await app.listen(0, "127.0.0.1");
    await asked(app.getHttpServer().address().port);`,
  pawl: `
    const { App, Controller, Service } = await import("pawl");
    class Orders extends Service { count() { return { orders: 41 }; } }
    class OrderDesk extends Controller {
      static route = "/orders";
      load() { return this.service("orders").count(); }
    }
    const app = new App({ providers: { orders: Orders }, routes: [OrderDesk], http: { port: 0, host: "127.0.0.1" } });
    await app.start();
    await asked(Number(app.url.port));`,
} as const;

/** Asks by a bare socket, which every one of them has loaded by then, and prints what it took since the process began. */
const asking = `
  async function asked(port) {
    const { connect } = await import("node:net");
    const answer = await new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("data", resolve).once("error", reject);
      socket.write("GET /orders HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nAccept: application/json\\r\\n\\r\\n");
    });
    const ms = performance.now();
    const { user, system } = process.cpuUsage();
    if (!String(answer).startsWith("HTTP/1.1 200 ")) throw new Error(String(answer));
    console.log(JSON.stringify({ ms, "ms of CPU": (user + system) / 1000 }));
    process.exit();
  }`;

function answered(program: keyof typeof programs): Figures {
  return figuresOf(`${asking}\n${programs[program]}`);
}

/** The packages as they are published. */
function built(): Figures {
  buildPackages();
  return answered("pawl");
}

export const benchmark: Benchmark = {
  title: "The first answer of a process",
  about:
    "Milliseconds from the beginning of a process to its first answer, and the CPU that it has used by then: Node itself, the imports, the start of an app with one provider, which is a class, and one route, which asks it, until the server listens and has answered one request. Pawl as it is published, with awilix, which the first class among the providers loads. `node:http` and Hono, which know no providers, as what is there at least.",
  rounds: 5,
  variants: {
    "node:http": { measure: () => answered("node:http") },
    Hono: { measure: () => answered("Hono") },
    fastify: { measure: () => answered("fastify") },
    "Nest on fastify": { measure: () => answered("Nest on fastify") },
    pawl: { measure: built },
  },
  chart: () => [
    {
      title: "from the beginning of a process to its first answer: wall time",
      figure: "ms",
      pawl: "pawl",
      peers: { "Nest on fastify": "Nest on fastify", fastify: "fastify", Hono: "Hono", "node:http": "node:http" },
    },
  ],
};
