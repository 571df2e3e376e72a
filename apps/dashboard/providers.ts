import { Email } from "./services/email.ts";
import { Metrics } from "./services/metrics.ts";
import { Orders } from "./services/orders.ts";
import { settings } from "./settings.ts";

// Started in this order and stopped in reverse: what orders still emit in their stop is counted and confirmed.
export const providers = {
  metrics: Metrics,
  email: new Email({ from: settings.MAIL_FROM, outbox: settings.OUTBOX, smtpUrl: settings.SMTP_URL }),
  orders: Orders,
};
