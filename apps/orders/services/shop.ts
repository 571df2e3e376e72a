import { randomUUID } from "node:crypto";
import { publish, subscribe } from "@pawl/messages";
import { Service } from "pawl";
import { catalogue, NewOrder, type Order } from "../order.ts";

/** An order as the shop knows it. */
export interface ShopOrder extends Order {
  readonly state: "placed" | "completed";
}

const columns = "id, email, product, quantity, totalCents, placedAt, state";

/** Takes orders, and knows how far each is. */
export class Shop extends Service {
  override async onStart(): Promise<void> {
    await subscribe(this, "order:completed", this.onCompleted, { group: "shop", concurrency: 8, lease: "5s" }).joined;
  }

  /** When it resolves the order is kept, and with it the message: the two are written together, or neither is. */
  readonly place = this.action(NewOrder, async (wanted): Promise<ShopOrder> => {
    const order: Order = {
      id: randomUUID(),
      ...wanted,
      totalCents: wanted.quantity * catalogue[wanted.product].priceCents,
      placedAt: new Date().toISOString(),
    };
    const { id, email, product, quantity, totalCents, placedAt } = order;
    const database = this.service("database");
    await database.transaction(async (transaction) => {
      database
        .sql(`INSERT INTO orders (${columns}) VALUES (?, ?, ?, ?, ?, ?, 'placed')`)
        .run(id, email, product, quantity, totalCents, placedAt);
      // The orders of one customer are packed in order.
      await publish(this, "order:placed", order, { id, key: email, transaction });
    });
    return { ...order, state: "placed" };
  });

  find(id: string): ShopOrder | undefined {
    return this.#select("WHERE id = ?", id)[0];
  }

  /** The newest first. */
  latest(count: number): ShopOrder[] {
    return this.#select("ORDER BY placedAt DESC LIMIT ?", count);
  }

  // To say it twice changes nothing: no inbox is needed.
  onCompleted({ id }: Order): Promise<unknown> {
    const database = this.service("database");
    return database.transaction(() => database.sql("UPDATE orders SET state = 'completed' WHERE id = ?").run(id));
  }

  #select(rest: string, value: string | number): ShopOrder[] {
    const rows = this.service("database").sql(`SELECT ${columns} FROM orders ${rest}`).all(value);
    return rows as unknown as ShopOrder[];
  }
}
