import { Outbox } from "@pawl/messages";
import { App } from "pawl";
import { Database } from "./database.ts";
import { events } from "./order.ts";
import { Packing } from "./services/packing.ts";
import { Ready } from "./services/ready.ts";
import { databaseFile, databaseUrl } from "./settings.ts";

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
    ready: Ready,
  },
  shutdownTimeout: "10s",
});
await app.main();
