import { App, Service } from "pawl";

class Clock extends Service {
  override onStart() {
    this.interval(() => console.log(Math.floor(Date.now() / 1000)), "1s");
  }
}

await new App({ providers: { clock: Clock } }).run();
