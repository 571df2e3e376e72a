import { randomUUID } from "node:crypto";
import { MessageNotPublishedError, publish, subscribe } from "@pawl/messages";
import { Service } from "pawl";
import { catalogue, NewOrder, type Order } from "../order.ts";

/** An order as the shop knows it. */
export interface ShopOrder extends Order {
  readonly state: "placed" | "completed";
}

const columns = "id, email, product, quantity, totalCents, placedAt";

/** Takes orders, and knows how far each is. */
export class Shop extends Service {
  override async onStart(): Promise<void> {
    // To say it twice changes nothing: no inbox is needed.
    await subscribe(this, "order:completed", this.onCompleted, { group: "shop", concurrency: 8 }).joined;
    this.interval(this.announceLeftOvers, "5s", { immediate: true });
  }

  /** The order is in the table when it resolves, and will be packed, whatever dies. */
  readonly place = this.action(NewOrder, async (wanted): Promise<ShopOrder> => {
    const order: Order = {
      id: randomUUID(),
      ...wanted,
      totalCents: wanted.quantity * catalogue[wanted.product].priceCents,
      placedAt: new Date().toISOString(),
    };
    const { id, email, product, quantity, totalCents, placedAt } = order;
    this.service("database")
      .sql(`INSERT INTO orders (${columns}, state) VALUES (?, ?, ?, ?, ?, ?, 'placed')`)
      .run(id, email, product, quantity, totalCents, placedAt);
    try {
      await this.#announce(order);
    } catch (error) {
      if (!(error instanceof MessageNotPublishedError)) throw error;
      this.log.warn({ err: error }, `order ${id} is announced later`);
    }
    return { ...order, state: "placed" };
  });

  find(id: string): ShopOrder | undefined {
    return this.#select("WHERE id = ?", id)[0];
  }

  /** The newest first. */
  latest(count: number): ShopOrder[] {
    return this.#select("ORDER BY placedAt DESC LIMIT ?", count);
  }

  onCompleted({ id }: Order): void {
    this.service("database").sql("UPDATE orders SET state = 'completed' WHERE id = ?").run(id);
  }

  /** Those whose process died before it could say so, or found nobody to say it to. */
  async announceLeftOvers(): Promise<void> {
    const before = new Date(Date.now() - 5_000).toISOString();
    const where = "WHERE announced = 0 AND placedAt < ? ORDER BY placedAt LIMIT 100";
    for (const { state: _, ...order } of this.#select(where, before)) await this.#announce(order);
  }

  async #announce(order: Order): Promise<void> {
    // Its number is the id of the message: said twice it is delivered once. Those of one customer are packed in order.
    await publish(this, "order:placed", order, { id: order.id, key: order.email, timeout: "3s" });
    this.service("database").sql("UPDATE orders SET announced = 1 WHERE id = ?").run(order.id);
  }

  #select(rest: string, value: string | number): ShopOrder[] {
    const rows = this.service("database").sql(`SELECT ${columns}, state FROM orders ${rest}`).all(value);
    return rows as unknown as ShopOrder[];
  }
}
