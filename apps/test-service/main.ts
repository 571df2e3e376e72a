import { App, Service } from "pawl";
import { z } from "zod";

declare module "pawl" {
  interface Services {
    counter: Counter;
  }
}

/** Loops every five seconds, answers `POST /counter/count`, and finalizes once. */
export class Counter extends Service {
  #loops = 0;

  override async loop() {
    this.#loops += 1;
    this.log.info(`loop ${this.#loops}`);
    await this.sleep("5s");
  }

  count = this.action(z.object({ from: z.number().int() }), ({ from }) => ({ count: from + this.#loops }));

  override onStop() {
    this.log.info("finalized");
  }
}

await new App({ name: "test-service", providers: { counter: new Counter() }, http: { port: 3000 } }).main();
