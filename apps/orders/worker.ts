import { Outbox } from "@pawl/messages";
import { App } from "pawl";
import { databaseOf } from "./database/database-of.ts";
import { events } from "./order.ts";
import { Packing } from "./services/packing.ts";
import { databaseUrl, messagesUrl } from "./settings.ts";
import { tellReady } from "./tell-ready.ts";

// Packs orders.
const app = new App({
  name: "orders-worker",
  events,
  messages: messagesUrl,
  providers: {
    // Publishes what was written into the database to be published.
    outbox: new Outbox({ url: databaseUrl }),
    database: databaseOf(databaseUrl),
    packing: Packing,
  },
  shutdownTimeout: "10s",
});
tellReady(app);
await app.main();
