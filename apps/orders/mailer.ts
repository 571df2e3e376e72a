import { Jobs } from "@pawl/jobs";
import { App } from "pawl";
import { events } from "./order.ts";
import { Email } from "./services/email.ts";
import { jobsUrl, messagesUrl } from "./settings.ts";
import { tellReady } from "./tell-ready.ts";

// Confirms orders by e-mail.
const app = new App({
  name: "orders-mailer",
  events,
  messages: messagesUrl,
  providers: {
    // Kept for longer than the engines keep a message, so that none makes a second job.
    jobs: new Jobs({ url: jobsUrl, keep: "8d" }),
    email: Email,
  },
  shutdownTimeout: "10s",
});
tellReady(app);
await app.main();
