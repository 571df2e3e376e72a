import { Outbox } from "@pawl/messages";
import { App } from "pawl";
import { Database } from "./database.ts";
import { events } from "./order.ts";
import { Packing } from "./services/packing.ts";
import { databaseFile, databaseUrl } from "./settings.ts";
import { tellReady } from "./tell-ready.ts";

// Packs orders.
const app = new App({
  name: "orders-worker",
  events,
  messages: databaseUrl,
  providers: {
    // Publishes what was written into the database to be published.
    outbox: new Outbox({ url: databaseUrl }),
    database: new Database(databaseFile),
    packing: Packing,
  },
  shutdownTimeout: "10s",
});
tellReady(app);
await app.main();
