import { Outbox } from "@pawl/messages";
import { App } from "pawl";
import { Home, OrderDesk } from "./controllers/order-desk.ts";
import { databaseOf } from "./database/database-of.ts";
import { events } from "./order.ts";
import { Shop } from "./services/shop.ts";
import { databaseUrl, messagesUrl } from "./settings.ts";
import { tellReady } from "./tell-ready.ts";

// Takes orders and shows them.
const app = new App({
  name: "orders-web",
  events,
  messages: messagesUrl,
  providers: {
    // Publishes what was written into the database to be published.
    outbox: new Outbox({ url: databaseUrl }),
    database: databaseOf(databaseUrl),
    shop: Shop,
  },
  routes: [Home, OrderDesk],
  shutdownTimeout: "10s",
});
tellReady(app);
await app.main();
