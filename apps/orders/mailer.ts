import { Jobs } from "@pawl/jobs";
import { Messages } from "@pawl/messages";
import { App } from "pawl";
import { events } from "./order.ts";
import { Email } from "./services/email.ts";
import { Ready } from "./services/ready.ts";
import { jobsUrl, messagesUrl } from "./settings.ts";

// Confirms orders by e-mail.
const app = new App({
  name: "orders-mailer",
  events,
  providers: {
    messages: new Messages({ url: messagesUrl }),
    // Kept for longer than the engines keep a message, so that none makes a second job.
    jobs: new Jobs({ url: jobsUrl, keep: "8d" }),
    email: Email,
    ready: Ready,
  },
  shutdownTimeout: "10s",
});
await app.main();
