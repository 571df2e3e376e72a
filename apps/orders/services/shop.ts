import { randomUUID } from "node:crypto";
import { publish, subscribe } from "@pawl/messages";
import { Service } from "pawl";
import { catalogue, NewOrder, type Order } from "../order.ts";

/** An order as the shop knows it. */
export interface ShopOrder extends Order {
  readonly state: "placed" | "completed";
}

const columns = 'id, email, product, quantity, "totalCents", "placedAt", state';

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
    await this.service("database").transaction(async (transaction) => {
      const values = [id, email, product, quantity, totalCents, placedAt];
      await transaction.execute(`INSERT INTO orders (${columns}) VALUES ($1, $2, $3, $4, $5, $6, 'placed')`, values);
      // The orders of one customer are packed in order.
      await publish(this, "order:placed", order, { id, key: email, transaction });
    });
    return { ...order, state: "placed" };
  });

  async find(id: string): Promise<ShopOrder | undefined> {
    return (await this.#select("WHERE id = $1", id))[0];
  }

  /** The newest first. */
  latest(count: number): Promise<ShopOrder[]> {
    return this.#select('ORDER BY "placedAt" DESC LIMIT $1', count);
  }

  // To say it twice changes nothing: no inbox is needed.
  onCompleted({ id }: Order): Promise<unknown> {
    return this.service("database").transaction(async (transaction) => {
      await transaction.execute("UPDATE orders SET state = 'completed' WHERE id = $1", [id]);
    });
  }

  async #select(rest: string, value: string | number): Promise<ShopOrder[]> {
    const rows = await this.service("database").query(`SELECT ${columns} FROM orders ${rest}`, [value]);
    return rows as unknown as ShopOrder[];
  }
}
