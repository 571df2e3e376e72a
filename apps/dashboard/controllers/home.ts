import { type Context, Controller } from "pawl";

/** `/`: there is one page that matters. */
export class Home extends Controller {
  static override route = "/";

  load(c: Context) {
    return c.redirect("/dashboard");
  }
}
