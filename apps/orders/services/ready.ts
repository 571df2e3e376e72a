import { Service } from "pawl";

/** Tells who has started this process that it works: listed last, so that everything else has started before. */
export class Ready extends Service {
  override onReady(): void {
    console.log("ready");
  }
}
