import { App, Service } from "pawl";
import { z } from "zod";

const options = z.object({ every: z.number().positive().default(1).describe("Seconds between two lines") });
class Clock extends Service.with({ options }) {
  override onStart() {
    this.interval(() => console.log(Math.floor(Date.now() / 1000)), this.options.every);
  }
}
await new App({ providers: { clock: Clock } }).main();
