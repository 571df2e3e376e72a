import type { Emitter, MakeEmitter, Subscribed } from "./emitters.ts";

/** The events of frameworks, whose listeners belong to services or providers. */
export const frameworkEmitters = {
  "service.emit": (subscribed) => pawl(subscribed, "service"),

  "bus.emit": (subscribed) => pawl(subscribed, "bus"),

  Nest: (subscribed) => nest(subscribed, false),

  async Moleculer(subscribed) {
    const { ServiceBroker } = await import("moleculer");
    const broker = new ServiceBroker({ logger: false });
    // A service for each: of the listeners of one service only one is called.
    for (const [i, { event, listener }] of subscribed.entries()) {
      broker.createService({
        name: `listening-${i}`,
        events: { [event]: (context: import("moleculer").Context<{ value: number }>) => listener(context.params) },
      });
    }
    await broker.start();
    const emitAndWait = (event: string, sample: { readonly value: number }) => broker.emit(event, sample);
    return { emit: emitAndWait, awaited: true, emitAndWait, stop: () => broker.stop() };
  },
} satisfies Record<string, MakeEmitter>;

async function pawl(subscribed: readonly Subscribed[], emitting: "service" | "bus"): Promise<Emitter> {
  const { Kernel, Service } = await import("@pawl/kernel");
  class Listening extends Service {
    override onStart() {
      for (const { event, listener } of subscribed) this.listen(event, listener as (sample: unknown) => void);
    }
  }
  class Emitting extends Service {}
  const service = new Emitting();
  const providers = { listening: new Listening(), emitting: service };
  const kernel = new Kernel({ providers, onError: () => {} });
  await kernel.start();
  const { bus } = kernel;
  return {
    emit:
      emitting === "bus" ? (event, sample) => bus.emit(event, sample) : (event, sample) => service.emit(event, sample),
    emitAndWait: (event, sample) => bus.emitAndWait(event, sample),
    stop: () => kernel.stop(),
  };
}

/** Nest's event emitter: eventemitter2 behind, a method of a provider for each listener. */
export async function nest(subscribed: readonly Subscribed[], wildcard: boolean): Promise<Emitter> {
  await import("reflect-metadata");
  const { Injectable, Module } = await import("@nestjs/common");
  const { NestFactory } = await import("@nestjs/core");
  const { EventEmitter2, EventEmitterModule, OnEvent } = await import("@nestjs/event-emitter");
  class Listening {}
  for (const [i, { event, listener }] of subscribed.entries()) {
    const method = { value: listener, writable: true, configurable: true };
    OnEvent(event)(Listening.prototype, `on${i}`, method);
    Object.defineProperty(Listening.prototype, `on${i}`, method);
  }
  Injectable()(Listening);
  class Root {}
  Module({ imports: [EventEmitterModule.forRoot({ wildcard, maxListeners: 0 })], providers: [Listening] })(Root);
  const app = await NestFactory.createApplicationContext(Root, { logger: false });
  const emitter = app.get(EventEmitter2);
  return {
    emit: (event, sample) => emitter.emit(event, sample),
    emitAndWait: (event, sample) => emitter.emitAsync(event, sample),
    stop: () => app.close(),
  };
}
