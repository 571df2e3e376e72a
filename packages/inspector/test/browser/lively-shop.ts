import { FlightRecorder } from "@pawl/diagnostics";
import { provide, Service, warn } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
import { z } from "zod";
import { inspector } from "../../src/index.ts";
import { WebApp } from "../web-app.ts";

class Config extends Service {}

class Database extends Service {
  override async onStart(): Promise<void> {
    await this.sleep("180ms");
    this.own(new Map(), () => {});
    this.interval(this.ping, "200ms");
  }
  ping(): void {}
}

class Cache extends Service {
  override async onStart(): Promise<void> {
    await this.sleep("40ms");
    this.interval(() => this.emit("cache:evicted", {}), "60ms", { label: "evict" });
  }
}

class Metrics extends Service {
  #orders = 0;
  #evicted = 0;
  override onStart(): void {
    addFigures(this, "metrics", () => [
      { name: "orders_total", kind: "counter", value: this.#orders },
      { name: "cache_evictions_total", kind: "counter", value: this.#evicted },
      { name: "heap_used", kind: "gauge", value: process.memoryUsage().heapUsed, unit: "bytes" },
    ]);
    this.interval(this.collect, "1s");
    this.listen("order:completed", this.count);
    this.listen("cache:evicted", () => this.#evicted++);
  }
  override async onReady(): Promise<void> {
    await this.sleep("25ms");
  }
  collect(): void {
    this.emit("metrics:updated", { orders: this.#orders });
  }
  count(): void {
    this.#orders += 1;
  }
}

class Mailer extends Service {
  #sent = 0;
  override async onStart(): Promise<void> {
    await this.sleep("90ms");
    this.listen("order:completed", this.confirm);
    this.interval(this.flush, "10s");
    warn(this, "smtp.example.com answers slowly");
  }
  flush(): void {}
  async confirm(): Promise<void> {
    this.#sent += 1;
    await this.sleep("120ms");
    if (this.#sent % 17 === 0) throw new Error("smtp.example.com: 421 too many connections");
  }
}

/** Jams now and then. */
class LabelPrinter extends Service {
  override onStart(): void {
    this.timeout(() => this.fail(new Error("the printer is out of paper")), "4s", { label: "jam" });
  }
}

class Packer extends Service {
  override async onStart(): Promise<void> {
    await this.adopt(new LabelPrinter(), { restart: "always", maxRestarts: 1000, backoff: "400ms" });
    this.listen("order:created", this.pack);
  }
  async pack(): Promise<void> {
    await this.sleep("250ms");
    this.emit("order:completed", {});
  }
}

const NewOrder = z.object({
  email: z.email().describe("where the confirmation goes"),
  product: z.enum(["pawl", "ratchet", "clutch"]),
  quantity: z.int().min(1).max(99).default(1),
  express: z.boolean().default(false),
});

class Orders extends Service {
  place = this.action(NewOrder, (order) => {
    this.emit("order:created", order);
    return { id: "a-17", ...order };
  });
  override async onStart(): Promise<void> {
    let placed = 0;
    addFigures(this, "metrics", () => [
      { name: "orders_placed_total", kind: "counter", value: placed },
      { name: "heap_used", kind: "gauge", value: process.memoryUsage().heapUsed, unit: "bytes" },
    ]);
    this.listen("order:created", () => {
      placed += 1;
    });
    await this.sleep("50ms");
    await this.adopt(new Packer());
    this.interval(this.simulate, "140ms");
    this.interval(this.checkStock, "3s");
  }
  simulate(): void {
    this.emit("order:created", {});
  }
  checkStock(): void {
    this.emit("stock:low", {});
  }
}

class Reports extends Service {
  override onStart(): void {
    this.listen("stock:low", () => {});
    this.cron(() => {}, "0 6 * * *", { label: "nightly" });
  }
}

class Imports extends Service {}

/** A shop in which something happens all the time, for pictures of it. */
export async function livelyShop(): Promise<WebApp> {
  const providers = {
    config: Config,
    database: Database,
    cache: Cache,
    metrics: Metrics,
    mailer: Mailer,
    orders: provide(Orders, { restart: "on-failure" }),
    reports: Reports,
    imports: Imports,
  };
  const app = new WebApp({
    name: "shop",
    providers,
    routes: [inspector()],
    http: { port: 0, host: "127.0.0.1" },
    onError: () => {},
  });
  new FlightRecorder(app);
  await app.start();
  await app.service("imports").stop();
  return app as unknown as WebApp;
}
