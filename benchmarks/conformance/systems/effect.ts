import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node";
import { Context, Effect, Layer, ManagedRuntime, PubSub, Schedule, Stream } from "effect";
import { HttpRouter, HttpServerResponse } from "effect/http";
import type { Part, Running, System } from "../system.ts";

const key = (name: string) => Context.Service<string, object>(name);

/** A call of the scenario in a span of its name, as `Effect.fn` gives it, with the time-out inside of the span. */
const call = (name: string, what: () => Promise<void>, timeoutMs?: number) =>
  Effect.fn(name)(function* () {
    const called = Effect.interruptible(Effect.tryPromise(what));
    yield* timeoutMs === undefined ? called : Effect.timeout(called, timeoutMs);
  })();

/** As `call`, for a finalizer, which must not fail: an error is a defect. */
const release = (name: string, what: () => Promise<void>, timeoutMs?: number) =>
  Effect.fn(name)(function* () {
    yield* Effect.orDie(call(name, what, timeoutMs));
  })();

function layersOf(parts: readonly Part[], timeoutMs?: number): Layer.Layer<string, unknown> {
  const layers = new Map<string, Layer.Layer<string, unknown>>();
  const layerOf = ({ name, needs, start, stop }: Part): Layer.Layer<string, unknown> => {
    const made = layers.get(name);
    if (made) return made;
    const needed = parts.find((part) => part.name === needs);
    const service = Effect.gen(function* () {
      if (needed) yield* key(needed.name);
      yield* Effect.acquireRelease(call(`${name}.start`, start, timeoutMs), () =>
        release(`${name}.stop`, stop, timeoutMs),
      );
      return {};
    });
    const layer = Layer.effect(key(name), service) as Layer.Layer<string, unknown, string>;
    const provided = needed ? Layer.provide(layer, layerOf(needed)) : (layer as Layer.Layer<string, unknown>);
    layers.set(name, provided);
    return provided;
  };
  return Layer.mergeAll(...(parts.map(layerOf) as [Layer.Layer<string, unknown>]));
}

/** As a program outside of Effect runs layers. The cause of a failure is logged, with its spans, as runMain does. */
function runningOf(layer: Layer.Layer<never, unknown> | Layer.Layer<string, unknown>): Running {
  const runtime = ManagedRuntime.make(layer as Layer.Layer<string, unknown>);
  const run = (effect: Effect.Effect<unknown, unknown>) =>
    Effect.runPromise(Effect.tapCause(effect, (cause) => Effect.logError(cause)));
  return { start: () => run(runtime.contextEffect), stop: () => run(runtime.disposeEffect) };
}

/** A layer that listens as long as its scope is open. */
const listenerLayer = (pubsub: PubSub.PubSub<string>, called: () => void | Promise<void>) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const subscription = yield* PubSub.subscribe(pubsub);
      yield* Stream.fromSubscription(subscription).pipe(
        Stream.runForEach(() => Effect.tryPromise(async () => called())),
        Effect.forkScoped,
      );
    }),
  );

export const system: System = {
  title: "Effect",
  packages: ["effect", "@effect/platform-node"],
  configuration: {
    all: "layers of Effect.acquireRelease in a ManagedRuntime; Schedule.fixed, PubSub and Stream, Effect.forkScoped",
    startOrder: "Layer.provide",
    startHangs:
      "Effect.timeout(1 s) in the acquire, around what is made interruptible; the cause is logged, which names the span",
    stopHangs: "the same in the release",
    intervalAtStop: "Effect.uninterruptible around the call",
    taskFails: "as the guide to background tasks in layers has it, without an error handler of one's own",
    emitTooEarly: "replay: 50, as its documentation recommends for late subscribers",
    emitWhenReady: "after the layers are built",
    sigterm: "NodeHttpServer.layer with its gracefulShutdownTimeout of 20 s, Layer.launch, NodeRuntime.runMain",
  },

  app: (parts, { timeoutMs }) => runningOf(layersOf(parts, timeoutMs)),

  interval: (tick, everyMs) =>
    runningOf(
      Layer.effectDiscard(
        Effect.uninterruptible(Effect.promise(tick)).pipe(Effect.repeat(Schedule.fixed(everyMs)), Effect.forkScoped),
      ),
    ),

  async bus(listeners) {
    const pubsub = await Effect.runPromise(PubSub.unbounded<string>());
    const layers = listeners.map(({ called }) => listenerLayer(pubsub, called));
    const running = runningOf(Layer.mergeAll(...(layers as [Layer.Layer<never>])));
    return { ...running, emit: () => void Effect.runFork(PubSub.publish(pubsub, "paid")) };
  },

  async announcement({ when, emitted, heard }) {
    const pubsub = await Effect.runPromise(PubSub.unbounded<string>(when === "start" ? { replay: 50 } : {}));
    const publish = Effect.tap(PubSub.publish(pubsub, "opened"), (result) => Effect.sync(() => emitted(result)));
    const first = when === "start" ? Layer.effectDiscard(publish) : Layer.empty;
    const second = Layer.provideMerge(listenerLayer(pubsub, heard), first);
    const { start, stop } = runningOf(second);
    return {
      start: async () => {
        await start();
        if (when === "ready") await Effect.runPromise(publish);
      },
      stop,
    };
  },

  task: (work, { start, stop }) =>
    runningOf(
      Layer.effectDiscard(
        Effect.gen(function* () {
          yield* Effect.acquireRelease(Effect.promise(start), () => Effect.promise(stop));
          yield* Effect.forkScoped(call("work", work));
        }),
      ),
    ),

  async server(slow) {
    const server = createServer();
    const routes = HttpRouter.use(
      Effect.fn(function* (router) {
        yield* router.add("GET", "/slow", Effect.map(Effect.promise(slow), HttpServerResponse.text));
      }),
    );
    const served = HttpRouter.serve(routes).pipe(
      Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })),
    );
    NodeRuntime.runMain(Layer.launch(served));
    if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
    return (server.address() as AddressInfo).port;
  },
};
