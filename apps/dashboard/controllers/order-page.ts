import { HTTPException } from "hono/http-exception";
import { type Context, Controller } from "pawl";
import type { Order } from "../services/orders.ts";
import { orderView } from "../views/order-view.ts";

/** `/orders/:id`: one order, as a page or as JSON. */
export class OrderPage extends Controller {
  static override route = "/orders/:id";
  static override title = "Order";

  load(c: Context<"/orders/:id">): Order {
    const order = this.service("orders").find(c.req.param("id"));
    if (!order) throw new HTTPException(404, { message: "There is no order of that number." });
    return order;
  }

  override view(order: Order) {
    return orderView(order);
  }
}
