import { App, Controller, Service, type ServiceClass } from "pawl";
import type { Part, Running, System } from "../system.ts";

/** A service that reads what it needs in its constructor. */
const serviceOf = ({ needs, start, stop }: Part): ServiceClass =>
  class extends Service {
    readonly need: unknown;

    constructor(services: { readonly [name: string]: unknown } = {}) {
      super();
      this.need = needs && services[needs];
    }

    override onStart() {
      return start();
    }

    override onStop() {
      return stop();
    }
  };

const running = (app: App): Running => ({ start: () => app.start(), stop: () => app.stop() });

export const system: System = {
  title: "Pawl",
  packages: ["pawl"],
  configuration: {
    all: "an App of services: onStart, onStop, interval, listen, emit, spawn",
    startOrder: "needs are what constructors read",
    startHangs: "startTimeout: 1 s",
    stopHangs: "stopTimeout: 1 s",
    emitWhenReady: "onReady",
    taskFails: "run()",
    sigterm: "run()",
  },

  app(parts, { timeoutMs }) {
    const providers = Object.fromEntries(parts.map((part) => [part.name, serviceOf(part)]));
    const timeouts = timeoutMs && ({ startTimeout: `${timeoutMs}ms`, stopTimeout: `${timeoutMs}ms` } as const);
    return running(new App({ providers, ...timeouts }));
  },

  interval(tick, everyMs) {
    class Poller extends Service {
      override onStart() {
        this.interval(tick, `${everyMs}ms`);
      }
    }
    return running(new App({ providers: { poller: Poller } }));
  },

  bus(listeners) {
    const providers = listeners.map(({ name, called }) => [
      name,
      class extends Service {
        override onStart() {
          this.listen("paid", called);
        }
      },
    ]);
    const app = new App({ providers: Object.fromEntries(providers) });
    return { ...running(app), emit: () => app.bus.emit("paid", {}) };
  },

  announcement({ when, emitted, heard }) {
    class First extends Service {
      override onStart() {
        if (when === "start") emitted(this.emit("opened", {}));
      }
      override onReady() {
        if (when === "ready") emitted(this.emit("opened", {}));
      }
    }
    class Second extends Service {
      override onStart() {
        this.listen("opened", heard);
      }
    }
    return running(new App({ providers: { first: First, second: Second } }));
  },

  task(work, { name, start, stop }) {
    class Worker extends Service {
      override async onStart() {
        this.spawn(work);
        await start();
      }
      override onStop() {
        return stop();
      }
    }
    const app = new App({ providers: { [name]: Worker } });
    return { start: async () => void app.run(), stop: () => app.stop() };
  },

  async server(slow) {
    class Slow extends Controller {
      static override route = "/slow";
      load() {
        return slow();
      }
    }
    const app = new App({ routes: [Slow], http: { port: 0, host: "127.0.0.1" } });
    await app.start();
    void app.run();
    return Number(app.url.port);
  },
};
