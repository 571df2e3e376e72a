import { inbox, type MessageContext, publish, subscribe } from "@pawl/messages";
import { isDuration, Service } from "pawl";
import { z } from "zod";
import type { Order } from "../order.ts";

const duration = z
  .templateLiteral([z.number(), z.enum(["ms", "s", "m", "h"])], "it must be a duration, such as 1s")
  .refine(isDuration, "it must be above zero");

const options = z.object({
  time: duration.default("1s").describe("How long it takes to pack an order"),
  concurrency: z.int().min(1).default(8).describe("How many orders are packed at once"),
  lease: duration.default("10s").describe("How soon another process packs what one has left behind that died"),
});

const countPieces = `INSERT INTO packed VALUES ($1, $2)
  ON CONFLICT (product) DO UPDATE SET pieces = packed.pieces + excluded.pieces`;

/** Packs what was ordered. */
export class Packing extends Service.with({ options }) {
  override async onStart(): Promise<void> {
    const { concurrency, lease } = this.options;
    await subscribe(this, "order:placed", this.pack, { group: "packing", concurrency, lease }).joined;
  }

  async pack(order: Order, message: MessageContext): Promise<void> {
    const { id, product, quantity, email } = order;
    this.log.info(`packing order ${id}${message.attempt > 1 ? `, try ${message.attempt}` : ""}`);
    await this.sleep(this.options.time);
    const isNew = await this.service("database").transaction((transaction) =>
      // What it does, what it says of it, and that this message was handled are written together, or nothing is.
      inbox.once(transaction, message, async () => {
        await transaction.execute(countPieces, [product, quantity]);
        await publish(this, "order:completed", order, { key: email, transaction });
      }),
    );
    if (!isNew) this.log.info(`order ${id} was packed before`);
  }
}
