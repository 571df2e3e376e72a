import { Controller } from "pawl";
import { type DashboardData, dashboardView } from "../views/dashboard-view.ts";

/** `/dashboard`: the figures and the latest orders, as a page or as JSON. */
export class Dashboard extends Controller {
  static override route = "/dashboard";

  load(): DashboardData {
    return { figures: this.service("metrics").figures(), latestOrders: this.service("orders").latest(8) };
  }

  override view(data: DashboardData) {
    return dashboardView(data);
  }
}
