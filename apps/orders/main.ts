import { App, provide } from "pawl";
import { Part } from "./services/part.ts";

const part = (file: string) =>
  provide(new Part(new URL(file, import.meta.url)), {
    restart: "on-failure",
    maxRestarts: 5,
    within: "1m",
    stopTimeout: "15s",
  });

// Started in this order: who listens to what, before anybody says it. Stopped in reverse: no more orders come in, those
// that came are packed, and those that are packed are confirmed.
const app = new App({
  name: "orders",
  providers: { mailer: part("mailer.ts"), worker: part("worker.ts"), web: part("web.ts") },
  shutdownTimeout: "45s",
});
await app.main();
