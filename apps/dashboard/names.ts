import type { ServicesOf } from "pawl";
import type { providers } from "./providers.ts";
import type { Figures } from "./services/metrics.ts";
import type { Order } from "./services/orders.ts";

// The names of this program: what `emit`, `listen` and `service` know.
declare module "pawl" {
  interface Events {
    "order:created": Order;
    "order:completed": Order;
    "metrics:updated": Figures;
  }
  interface Services extends ServicesOf<typeof providers> {}
}
