import { randomUUID } from "node:crypto";
import { counter, histogram } from "@pawl/metrics";
import { Service } from "pawl";
import { z } from "zod";
import { catalogue, productNames } from "./catalogue.ts";

/** What a customer sends, as JSON or as a form. */
export const NewOrder = z.object({
  email: z.email("an e-mail address is needed for the confirmation"),
  product: z.enum(productNames, `one of ${productNames.join(", ")}`),
  quantity: z.coerce.number("a number").int("a whole number").min(1, "at least 1").max(99, "at most 99").default(1),
});
export type NewOrder = z.output<typeof NewOrder>;

export interface Order extends NewOrder {
  readonly id: string;
  readonly totalCents: number;
  readonly state: "packing" | "completed";
  readonly createdAt: string;
}

// The store is in memory: it forgets the oldest, so that it cannot grow without end.
const mostKept = 1000;

/** Takes orders and completes each after it was packed. */
export class Orders extends Service {
  readonly #orders = new Map<string, Order>();
  readonly #taken = counter(this, "orders", { description: "Orders that were taken" });
  readonly #packing = histogram(this, "order_packing_duration", {
    description: "How long an order is packed",
    unit: "seconds",
    buckets: [0.5, 0.9, 1.1, 1.5, 2.5],
  });

  // An action: it can be called from elsewhere too, by the inspector and by `pawl call dashboard orders.place`.
  readonly place = this.action(NewOrder, (wanted): Order => {
    const order: Order = {
      ...wanted,
      id: randomUUID(),
      totalCents: wanted.quantity * catalogue[wanted.product].priceCents,
      state: "packing",
      createdAt: new Date().toISOString(),
    };
    this.#orders.set(order.id, order);
    const [oldest] = this.#orders.keys();
    if (oldest !== undefined && this.#orders.size > mostKept) this.#orders.delete(oldest);
    this.#taken.add(1, { product: order.product });
    this.emit("order:created", order);
    this.spawn(this.#pack, order);
    return order;
  });

  find(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  /** The newest first. */
  latest(count: number): Order[] {
    return [...this.#orders.values()].slice(-count).reverse();
  }

  // Everything is still alive in here: an order that was taken is completed, and its confirmation is sent.
  override onStop(): void {
    for (const order of this.#orders.values()) this.#complete(order.id);
  }

  async #pack({ id }: Order): Promise<void> {
    await this.#packing.time(() => this.sleep("1s"));
    this.#complete(id);
  }

  #complete(id: string): void {
    const order = this.#orders.get(id);
    if (order?.state !== "packing") return;
    const completed: Order = { ...order, state: "completed" };
    this.#orders.set(id, completed);
    this.emit("order:completed", completed);
  }
}
