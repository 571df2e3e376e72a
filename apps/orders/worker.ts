import { Messages } from "@pawl/messages";
import { App } from "pawl";
import { Database } from "./database.ts";
import { events } from "./order.ts";
import { Packing } from "./services/packing.ts";
import { Ready } from "./services/ready.ts";
import { databaseFile, messagesUrl } from "./settings.ts";

// Packs orders.
const app = new App({
  name: "orders-worker",
  events,
  providers: {
    messages: new Messages({ url: messagesUrl }),
    database: new Database(databaseFile),
    packing: Packing,
    ready: Ready,
  },
  shutdownTimeout: "10s",
});
await app.main();
