import { inspector } from "@pawl/inspector";
import { App } from "pawl";
import { Dashboard } from "./controllers/dashboard.ts";
import { Home } from "./controllers/home.ts";
import { OrderDesk } from "./controllers/order-desk.ts";
import { OrderPage } from "./controllers/order-page.ts";
import { providers } from "./providers.ts";
import { settings } from "./settings.ts";
import { AppShell } from "./views/shell.ts";

const app = new App({
  name: "dashboard",
  providers,
  routes: [Home, Dashboard, OrderDesk, OrderPage, inspector()],
  shell: AppShell,
  http: { port: settings.PORT },
});
await app.run();
