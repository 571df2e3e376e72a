import { inspector } from "@pawl/inspector";
import { metrics } from "@pawl/metrics";
import { App } from "pawl";
import { Dashboard } from "./controllers/dashboard.ts";
import { Home } from "./controllers/home.ts";
import { OrderDesk } from "./controllers/order-desk.ts";
import { OrderPage } from "./controllers/order-page.ts";
import { providers } from "./providers.ts";
import { AppShell } from "./views/shell.ts";

const app = new App({
  name: "dashboard",
  providers,
  routes: [Home, Dashboard, OrderDesk, OrderPage, inspector(), metrics()],
  shell: AppShell,
});
await app.main();
