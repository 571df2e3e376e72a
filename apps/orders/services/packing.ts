import { type MessageContext, publish, subscribe } from "@pawl/messages";
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

/** Packs what was ordered. */
export class Packing extends Service.with({ options }) {
  override async onStart(): Promise<void> {
    const { concurrency, lease } = this.options;
    await subscribe(this, "order:placed", this.pack, { group: "packing", concurrency, lease }).joined;
  }

  async pack(order: Order, { id, attempt }: MessageContext): Promise<void> {
    this.log.info(`packing order ${order.id}${attempt > 1 ? `, try ${attempt}` : ""}`);
    await this.sleep(this.options.time);
    const database = this.service("database");
    const isNew = database.once("packing", id, () => {
      database
        .sql("INSERT INTO packed VALUES (?1, ?2) ON CONFLICT DO UPDATE SET pieces = pieces + ?2")
        .run(order.product, order.quantity);
    });
    if (!isNew) this.log.info(`order ${order.id} was packed before`);
    // Also where it was packed before: the process may have died before it could say so. With this id it is said once.
    await publish(this, "order:completed", order, { id: `${order.id}/completed`, key: order.email });
  }
}
