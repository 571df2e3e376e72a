import type { Hono } from "hono";
import { accepts } from "hono/accepts";
import { type Context, Controller, type HttpEnv } from "pawl";
import { NewOrder } from "../order.ts";
import type { ShopOrder } from "../services/shop.ts";
import { ordersView } from "../views/orders-view.ts";

/** `/orders`: the latest orders, and where new ones come in, as JSON or from a form. */
export class OrderDesk extends Controller {
  static override route = "/orders";
  static override title = "Orders";

  async load(): Promise<{ orders: readonly ShopOrder[] }> {
    return { orders: await this.service("shop").latest(20) };
  }

  override view({ orders }: { orders: readonly ShopOrder[] }) {
    return ordersView(orders);
  }

  override routes(router: Hono<HttpEnv>): void {
    router.get("/:id", async (c) => {
      const order = await this.service("shop").find(c.req.param("id"));
      return order ? c.json(order) : c.notFound();
    });
    router.post("/", async (c) => {
      const wanted = NewOrder.safeParse(await bodyOf(c));
      if (!wanted.success) {
        const issues = wanted.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
        const problem = { type: "about:blank", title: "The order cannot be taken as it is", status: 400, issues };
        return c.json(problem, 400, { "content-type": "application/problem+json" });
      }
      const order = await this.service("shop").place(wanted.data);
      // A browser that sent the form goes back to the page, so that a reload does not order again.
      return prefersPage(c) ? c.redirect("/orders", 303) : c.json(order, 201, { location: `/orders/${order.id}` });
    });
  }
}

/** `/`: there is one page. */
export class Home extends Controller {
  static override route = "/";

  load(c: Context) {
    return c.redirect("/orders");
  }
}

/** Malformed JSON is answered with 400 by the app. */
async function bodyOf(c: Context): Promise<unknown> {
  const type = c.req.header("content-type") ?? "";
  return /^application\/json\b/i.test(type) ? await c.req.json() : await c.req.parseBody();
}

function prefersPage(c: Context): boolean {
  const supports = ["application/json", "text/html"];
  return accepts(c, { header: "Accept", supports, default: "application/json" }) === "text/html";
}
