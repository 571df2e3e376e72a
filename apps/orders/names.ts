import type { Messages } from "pawl";
import type { Database } from "./database/database.ts";
import type { Order } from "./order.ts";
import type { Shop } from "./services/shop.ts";

// The names of this program: what `publish`, `subscribe` and `service` know, in whichever process.
declare module "pawl" {
  interface Events {
    "order:placed": Order;
    "order:completed": Order;
    "part:ready": string;
  }
  interface Services {
    messages: Messages;
    database: Database;
    shop: Shop;
  }
}
