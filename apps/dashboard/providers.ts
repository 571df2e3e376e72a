import { provide, Watchdog } from "pawl";
import { Email } from "./services/email.ts";
import { Metrics } from "./services/metrics.ts";
import { Orders } from "./services/orders.ts";

// Started in this order and stopped in reverse: what orders still emit in their stop is counted and confirmed.
export const providers = {
  // Names the service whose code blocks the event loop.
  watchdog: new Watchdog(),
  metrics: Metrics,
  // The shop takes orders without a mail server too: it stays ready while that one does not answer.
  email: provide(Email, { required: false }),
  orders: Orders,
};
