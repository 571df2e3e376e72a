import { Controller } from "pawl";

/** `/`: how far it is. */
export class Status extends Controller {
  static override route = "/";
  static override title = "Pipeline";

  load() {
    const worker = this.app.inspect().services.find(({ name }) => name === "hashing")?.children[0];
    return {
      inbox: this.service("inbox").folder,
      waiting: this.service("hashing").waiting,
      written: this.service("results").written,
      worker: { state: worker?.state, restarts: worker?.restarts },
    };
  }
}
