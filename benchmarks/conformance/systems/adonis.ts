import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Ignitor, prettyPrintError } from "@adonisjs/core";
import { IgnitorFactory } from "@adonisjs/core/factories";
import { defineConfig } from "@adonisjs/core/logger";
import type { ApplicationService } from "@adonisjs/core/types";
import type { Part, Running, System } from "../system.ts";

/** As `config/logger.ts` of its starter kits: the factory has a logger that says nothing. */
const logger = defineConfig({ default: "app", loggers: { app: { enabled: true, name: "app", level: "info" } } });

type Provider = new (app: ApplicationService) => object;

/** As `adonisrc.ts` lists them: each is the default export of a module. */
const listed = (providers: readonly Provider[]) =>
  providers.map((provider) => async () => ({ default: provider }) as never);

function ignitorOf(providers: readonly Provider[]): Ignitor {
  return new IgnitorFactory()
    .withCoreConfig()
    .withCoreProviders()
    .merge({ rcFileContents: { providers: listed(providers) }, config: { logger } })
    .create(new URL("./", import.meta.url));
}

/** The steps of its HTTP server process, without a server. */
function runningOf(
  providers: readonly Provider[],
  loaded: (app: ApplicationService) => void | Promise<void> = () => {},
): Running & { readonly app: ApplicationService } {
  const app = ignitorOf(providers).createApp("web");
  return {
    app,
    start: async () => {
      await app.init();
      await app.boot();
      // Where `start/events.ts` and the other preloaded files of an app come in.
      app.starting(loaded);
      await app.start(() => {});
    },
    stop: () => app.terminate(),
  };
}

/** A provider that binds a service, makes it when the app starts, and ends it when the app does. */
const providerOf = ({ name, needs, start, stop }: Part): Provider =>
  class {
    readonly app: ApplicationService;
    #isMade = false;

    constructor(app: ApplicationService) {
      this.app = app;
    }
    register() {
      this.app.container.singleton(name as never, async (resolver) => {
        if (needs) await resolver.make(needs as never);
        await start();
        this.#isMade = true;
        return {} as never;
      });
    }
    async start() {
      await this.app.container.make(name as never);
    }
    async shutdown() {
      if (this.#isMade) await stop();
    }
  };

export const system: System = {
  title: "AdonisJS",
  packages: ["@adonisjs/core"],
  configuration: {
    all: "providers with register, start and shutdown, which bind container singletons; the emitter with emitter.onError, as its documentation recommends",
    startOrder: "singletons that make what they need",
    startHangs: "no option for it",
    stopHangs: "no option for it",
    emitTooEarly: "start of a provider; the listener is in a preloaded file",
    emitWhenReady: "ready of a provider",
    sigterm: "Ignitor.httpServer() as in bin/server.ts: app.listen('SIGTERM', () => app.terminate())",
  },

  app: (parts) => runningOf(parts.map(providerOf)),

  bus(listeners) {
    const { app, ...running } = runningOf([], async () => {
      const emitter = await app.container.make("emitter");
      const logger = await app.container.make("logger");
      emitter.onError((event, error) => logger.error({ err: error }, `listener of ${String(event)} failed`));
      for (const { called } of listeners) emitter.on("paid" as never, called);
    });
    return {
      ...running,
      emit: () => void app.container.make("emitter").then((emitter) => emitter.emit("paid" as never, {} as never)),
    };
  },

  announcement({ when, emitted, heard }) {
    class First {
      readonly app: ApplicationService;
      constructor(app: ApplicationService) {
        this.app = app;
      }
      async announce() {
        const emitter = await this.app.container.make("emitter");
        emitted(await emitter.emit("opened" as never, {} as never));
      }
      async start() {
        if (when === "start") await this.announce();
      }
      async ready() {
        if (when === "ready") await this.announce();
      }
    }
    const { app, ...running } = runningOf([First], async () => {
      const emitter = await app.container.make("emitter");
      emitter.on("opened" as never, heard);
    });
    return running;
  },

  async server(slow) {
    const ignitor = ignitorOf([]).tap((app) => {
      app.listen("SIGTERM", () => app.terminate());
      app.starting(async () => {
        const router = await app.container.make("router");
        router.get("/slow", slow);
      });
    });
    await ignitor
      .httpServer()
      .start()
      .catch((error: unknown) => {
        process.exitCode = 1;
        return prettyPrintError(error);
      });
    const { container } = ignitor.getApp() as ApplicationService;
    const server = (await container.make("server")).getNodeServer() as Server;
    return (server.address() as AddressInfo).port;
  },
};
