import "reflect-metadata";
import { Controller, Get, type INestApplication, Inject, Injectable, Module, type Type } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { EventEmitter2, EventEmitterModule, EventEmitterReadinessWatcher, OnEvent } from "@nestjs/event-emitter";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { Interval, ScheduleModule, Timeout } from "@nestjs/schedule";
import type { Listener, Part, Running, System } from "../system.ts";

// Node strips types but knows no decorators: they are applied as the functions that they are.

type Imports = NonNullable<Parameters<typeof Module>[0]["imports"]>;

function moduleOf(providers: readonly Type[], imports: Imports = [], controllers: readonly Type[] = []): Type {
  class AppModule {}
  Module({ imports, providers: [...providers], controllers: [...controllers] })(AppModule);
  return AppModule;
}

/** Decorates a method, as `@Interval(50)` above it would. */
function onMethod(type: Type, name: string, decorator: MethodDecorator): void {
  decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name) as PropertyDescriptor);
}

// create() and init() rather than createApplicationContext(): whoever calls them has an app that can be closed, also
// when its start has failed.
function runningOf(module: Type): Running & { readonly app: () => INestApplication } {
  let app: INestApplication | undefined;
  return {
    app: () => {
      if (!app) throw new Error("It has not started");
      return app;
    },
    start: async () => {
      app = await NestFactory.create(module, new FastifyAdapter());
      await app.init();
    },
    stop: async () => app?.close(),
  };
}

function injectables(parts: readonly Part[]): readonly Type[] {
  const types = new Map<string, Type>();
  for (const { name, start, stop } of parts) {
    const type = {
      [name]: class {
        onModuleInit() {
          return start();
        }
        onModuleDestroy() {
          return stop();
        }
      },
    }[name] as Type;
    Injectable()(type);
    types.set(name, type);
  }
  for (const { name, needs } of parts) {
    const [type, needed] = [types.get(name), needs && types.get(needs)];
    if (type && needed) Inject(needed)(type, undefined, 0);
  }
  return [...types.values()];
}

function listenerType({ called }: Listener): Type {
  class Listening {
    paid() {
      return called();
    }
  }
  Injectable()(Listening);
  onMethod(Listening, "paid", OnEvent("paid"));
  return Listening;
}

export const system: System = {
  title: "NestJS",
  packages: ["@nestjs/core", "@nestjs/schedule", "@nestjs/event-emitter"],
  configuration: {
    all: "injectables with onModuleInit and onModuleDestroy in an app on platform-fastify; @Interval, @OnEvent and @Timeout of its own packages",
    startOrder: "constructor injection",
    emitTooEarly: "onModuleInit",
    emitWhenReady: "onApplicationBootstrap, after EventEmitterReadinessWatcher.waitUntilReady()",
    taskFails: "@Timeout(0), the one thing that calls without being waited for",
    sigterm: "enableShutdownHooks(); not forceCloseConnections: true, as for fastify",
  },

  app: (parts) => runningOf(moduleOf(injectables(parts))),

  interval(tick, everyMs) {
    class Poller {
      poll() {
        return tick();
      }
    }
    Injectable()(Poller);
    onMethod(Poller, "poll", Interval(everyMs));
    return runningOf(moduleOf([Poller], [ScheduleModule.forRoot()]));
  },

  bus(listeners) {
    const running = runningOf(moduleOf(listeners.map(listenerType), [EventEmitterModule.forRoot()]));
    return { ...running, emit: () => running.app().get(EventEmitter2).emit("paid", {}) };
  },

  announcement({ when, emitted, heard }) {
    class First {
      readonly emitter: EventEmitter2;
      readonly readiness: EventEmitterReadinessWatcher;
      constructor(emitter: EventEmitter2, readiness: EventEmitterReadinessWatcher) {
        this.emitter = emitter;
        this.readiness = readiness;
      }
      onModuleInit() {
        if (when === "start") emitted(this.emitter.emit("opened", {}));
      }
      async onApplicationBootstrap() {
        await this.readiness.waitUntilReady();
        if (when === "ready") emitted(this.emitter.emit("opened", {}));
      }
    }
    Injectable()(First);
    Inject(EventEmitter2)(First, undefined, 0);
    Inject(EventEmitterReadinessWatcher)(First, undefined, 1);
    class Second {
      opened() {
        heard();
      }
    }
    Injectable()(Second);
    onMethod(Second, "opened", OnEvent("opened"));
    return runningOf(moduleOf([First, Second], [EventEmitterModule.forRoot()]));
  },

  task(work, { start, stop }) {
    class Worker {
      onModuleInit() {
        return start();
      }
      work() {
        return work();
      }
      onModuleDestroy() {
        return stop();
      }
    }
    Injectable()(Worker);
    onMethod(Worker, "work", Timeout(0));
    return runningOf(moduleOf([Worker], [ScheduleModule.forRoot()]));
  },

  async server(slow) {
    class SlowController {
      slow() {
        return slow();
      }
    }
    Controller()(SlowController);
    onMethod(SlowController, "slow", Get("slow"));
    const app = await NestFactory.create(moduleOf([], [], [SlowController]), new FastifyAdapter());
    app.enableShutdownHooks();
    await app.listen(0, "127.0.0.1");
    return Number(new URL(await app.getUrl()).port);
  },
};
