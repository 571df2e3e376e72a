import { type Providers, provide, Service, warn } from "@pawl/kernel";
import { Shop } from "./shop.ts";

/** All of its row has a figure. */
class Busy extends Service {
  override onStart(): void {
    warn(this, "the queue is long");
    this.interval(() => this.emit("work:done", {}), "20ms", { label: "work" });
    this.interval(this.check, "100ms");
  }
  check(): void {
    throw new Error("the queue is not empty");
  }
}

/** Crashes when it is told to: a page marks what it sees crash. */
class Fragile extends Service {
  override onStart(): void {
    this.listen("states:wanted", () => this.fail(new Error("it broke")));
  }
}

class Slow extends Service {
  override async onStart(): Promise<void> {
    await this.sleep("1h");
  }
}

/** Does not stop before it is let go. */
class Sticky extends Service {
  readonly released = Promise.withResolvers<void>();
  override onStop(): Promise<void> {
    return this.released.promise;
  }
}

/** Begins to start a child that takes long. */
class Owner extends Service {
  override onStart(): void {
    this.listen("states:wanted", async () => {
      await this.adopt(new Slow());
    });
  }
}

class Plain extends Service {}

/** By path: what a service that stands there is at, some time after the event `states:wanted`. */
export const states = {
  busy: "running",
  restarted: "running",
  crashed: "failed",
  "owner/slow": "starting",
  sticky: "stopping",
  halted: "stopped",
} as const;

/** A shop in which services come into every state there is but `idle`, and stay there. */
export async function everyState(): Promise<{ readonly app: Shop } & AsyncDisposable> {
  const sticky = new Sticky();
  const providers: Providers = {
    busy: Busy,
    restarted: provide(Fragile, { restart: "on-failure", backoff: "1ms" }),
    crashed: provide(Fragile, { restart: "on-failure", backoff: "1h" }),
    owner: Owner,
    sticky: provide(sticky, { stopTimeout: "1h" }),
    halted: Plain,
  };
  const app = await new Shop(providers).start();
  const halted = app.service("halted") as Plain;
  await halted.stop();
  void sticky.stop();
  return {
    app,
    async [Symbol.asyncDispose]() {
      sticky.released.resolve();
      await app.stop();
    },
  };
}
