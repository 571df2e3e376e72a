import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { FlightRecorder } from "@pawl/diagnostics";
import type { HttpConfig } from "@pawl/http";
import { type KernelConfig, type Providers, provide, Service, warn } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
import { z } from "zod";
import { inspector } from "../../src/index.ts";
import { WebApp } from "../web-app.ts";

const NewOrder = z.object({
  email: z
    .email()
    .refine((email) => !email.endsWith("@example.org"), "is not delivered to")
    .describe("where the confirmation goes"),
  product: z.enum(["pawl", "ratchet", "clutch"]),
  quantity: z.int().min(1).max(99).default(1),
  express: z.boolean().default(false),
  tags: z.array(z.string().min(1)).max(3).optional(),
  address: z.object({ street: z.string().min(1), city: z.string().optional() }).optional(),
});

const Address = z.object({ street: z.string().min(1), city: z.string().optional() }).meta({ id: "Address" });
const Category = z.object({
  name: z.string(),
  get parts() {
    return z.array(Category);
  },
});
const Invoice = z.object({
  to: Address,
  delivery: Address.nullable(),
  copies: z.array(Address).optional(),
  reference: z.union([z.string(), z.number()]),
  limit: z.union([z.number(), z.boolean(), z.null()]),
  payment: z.discriminatedUnion("by", [
    z.object({ by: z.literal("card"), number: z.string().min(4) }),
    z.object({ by: z.literal("transfer") }),
  ]),
  category: Category.optional(),
});

/** Takes orders. */
class Orders extends Service {
  place = this.action(NewOrder, (order) => {
    this.emit("order:created", order);
    return { id: "a-17", ...order };
  });
  explain = this.action(z.object({ reason: z.record(z.string(), z.number()) }), ({ reason }) => ({ reason }));
  invoice = this.action(Invoice, (invoice) => invoice);
  override onStart(): void {
    this.interval(this.restock, "1h");
  }
  restocked = 0;
  restock(): { readonly ordered: number } {
    this.restocked += 1;
    this.emit("stock:low", {});
    return { ordered: 20 };
  }
}

/** Counts them. */
class Metrics extends Service {
  #orders = 0;
  override onStart(): void {
    this.own(new Set(), () => {});
    addFigures(this, "metrics", () => [{ name: "orders_total", kind: "counter", value: this.#orders }]);
    this.listen("order:created", this.count);
  }
  count(): void {
    this.#orders += 1;
  }
}

/** Crashes when it is told to. */
class Printer extends Service {
  override onStart(): void {
    this.listen("paper:out", this.jam);
  }
  jam(): void {
    warn(this, "paper is low");
    this.fail(new Error("the printer is out of paper <img src=x>"));
  }
}

/** Holds the printer. */
class Packing extends Service {
  override async onStart(): Promise<void> {
    const printer = new Printer();
    await this.adopt(printer, { restart: "on-failure", backoff: "300ms" });
  }
}

class Idle extends Service {}

/** Does not stop at first. */
export class Stubborn extends Service {
  #stops = 0;
  override async onStop(): Promise<void> {
    this.#stops += 1;
    if (this.#stops === 1) await new Promise(() => {});
  }
}

/** A shop with an inspector on a free port, in real time: a browser has no other. */
export class Shop extends WebApp {
  /** What went to `onError`. */
  readonly errors: unknown[];
  readonly recorder: FlightRecorder;

  constructor(more: Providers = {}, http: HttpConfig["http"] = { port: 0, host: "127.0.0.1" }) {
    const errors: unknown[] = [];
    const config: KernelConfig & HttpConfig = {
      name: "shop",
      providers: { metrics: Metrics, orders: Orders, packing: provide(Packing, { restart: "never" }), ...more },
      routes: [inspector()],
      http,
      onError: (error) => errors.push(error),
    };
    super(config);
    this.errors = errors;
    this.recorder = new FlightRecorder(this);
  }
}

/** So many services that do nothing. */
export function manyServices(count: number): Providers {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`worker${index + 1}`, new Idle()]));
}

/** A port that is free now, for an app that comes back to it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
