import type { AnyProvider } from "@pawl/kernel";
import { nameOf, plainClass, type Startable, serviceClasses } from "../harness/plain-services.ts";

/** Something that runs, with all its services started. */
export interface Booted {
  stop(): Promise<unknown>;
}

/** What a service of a peer does: both wait once, as those of Pawl do, and are counted. */
export interface Hooks {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Imports a peer and writes so many services for it; each call of what comes back boots them once more. */
export type Prepare = (count: number, hooks: Hooks) => Promise<() => Promise<Booted>>;

/** Peers that start and stop services. Each is imported when it is prepared, so that no other one is in its process. */
export const boots = {
  "pawl, instances": (count, hooks) => pawl("instances", count, hooks),

  "pawl, classes": (count, hooks) => pawl("classes", count, hooks),

  async "a plain loop"(count, hooks) {
    const classes = plainClasses(count, hooks);
    return async () => {
      const started: Startable[] = [];
      for (const plain of classes) {
        const service = new plain({});
        await service.start();
        started.push(service);
      }
      return { stop: () => stopInReverse(started) };
    };
  },

  async "awilix and a plain loop"(count, hooks) {
    const { asClass, createContainer, InjectionMode } = await import("awilix");
    const classes = plainClasses(count, hooks);
    return async () => {
      const container = createContainer({ injectionMode: InjectionMode.PROXY });
      container.register(named(classes.map((plain) => asClass(plain).singleton())));
      const started: Startable[] = [];
      for (let i = 0; i < count; i++) {
        const service = container.resolve<Startable>(nameOf(i));
        await service.start();
        started.push(service);
      }
      return { stop: () => stopInReverse(started) };
    };
  },

  async avvio(count, hooks) {
    const { default: avvio } = await import("avvio");
    const plugins = Array.from({ length: count }, () => async (server: import("avvio").Server<unknown>) => {
      await hooks.start();
      server.onClose(() => hooks.stop());
    });
    return async () => {
      const server = {} as import("avvio").Server<unknown>;
      const app = avvio(server, { autostart: false });
      for (const plugin of plugins) server.use(plugin as never);
      app.start();
      await server.ready();
      // Without a callback it gives a promise, which its types do not say.
      const close = server.close as unknown as () => Promise<unknown>;
      return { stop: () => close() };
    };
  },

  async fastify(count, hooks) {
    const { fastify } = await import("fastify");
    const plugins = Array.from({ length: count }, () => async (app: import("fastify").FastifyInstance) => {
      await hooks.start();
      app.addHook("onClose", () => hooks.stop());
    });
    return async () => {
      const app = fastify({ logger: false });
      for (const plugin of plugins) app.register(plugin);
      await app.ready();
      return { stop: () => app.close() };
    };
  },

  async Nest(count, hooks) {
    await import("reflect-metadata");
    const { Injectable, Module } = await import("@nestjs/common");
    const { NestFactory } = await import("@nestjs/core");
    const providers = Array.from({ length: count }, () => {
      class Provider {
        onModuleInit() {
          return hooks.start();
        }

        onModuleDestroy() {
          return hooks.stop();
        }
      }
      Injectable()(Provider);
      return Provider;
    });
    class Root {}
    Module({ providers })(Root);
    return async () => {
      const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
      return { stop: () => app.close() };
    };
  },

  async Moleculer(count, hooks) {
    const { ServiceBroker } = await import("moleculer");
    return async () => {
      const broker = new ServiceBroker({ logger: false });
      for (let i = 0; i < count; i++) {
        broker.createService({ name: nameOf(i), started: () => hooks.start(), stopped: () => hooks.stop() });
      }
      await broker.start();
      return { stop: () => broker.stop() };
    };
  },

  async Effect(count, hooks) {
    const { Context, Effect, Layer, ManagedRuntime } = await import("effect");
    const layers = Array.from({ length: count }, (_, i) => {
      const service = Context.Service<number>(nameOf(i));
      const start = Effect.promise(() => hooks.start().then(() => i));
      const running = Effect.acquireRelease(start, () => Effect.promise(() => hooks.stop()));
      return Layer.effect(service)(running);
    });
    return async () => {
      const [first, ...others] = layers;
      if (!first) throw new Error("there is no layer");
      const runtime = ManagedRuntime.make(Layer.mergeAll(first, ...others));
      await runtime.context();
      return { stop: () => runtime.dispose() };
    };
  },
} satisfies Record<string, Prepare>;

async function pawl(kind: "instances" | "classes", count: number, hooks: Hooks): Promise<() => Promise<Booted>> {
  const { Kernel } = await import("@pawl/kernel");
  if (kind === "classes") await import("awilix");
  const classes = await serviceClasses(count, false, hooks);
  return async () => {
    const providers = kind === "classes" ? classes : classes.map((service) => new service({} as never));
    const kernel = new Kernel({ providers: named<AnyProvider>(providers) });
    await kernel.start();
    return { stop: () => kernel.stop() };
  };
}

function plainClasses(count: number, hooks: Hooks) {
  return Array.from({ length: count }, (_, i) => plainClass(i, false, hooks));
}

async function stopInReverse(started: Startable[]): Promise<void> {
  for (const service of started.reverse()) await service.stop();
}

// Without a prototype it is a dictionary from the start: an object that gets a thousand names one by one changes its
// shape with each.
function named<T>(things: readonly T[]): { [name: string]: T } {
  const all: { [name: string]: T } = Object.create(null);
  for (const [i, thing] of things.entries()) all[nameOf(i)] = thing;
  return all;
}
