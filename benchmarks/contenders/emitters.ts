import type { Listener, Sample } from "../harness/listeners.ts";

/** One listener, and the event or the pattern that it listens to. */
export interface Subscribed {
  readonly event: string;
  readonly listener: Listener;
}

/** An emitter as its users call it, with its listeners. */
export interface Emitter {
  /** What one calls to emit and go on; what comes back may be a promise. */
  readonly emit: (event: string, sample: Sample) => unknown;
  /** Whether that promise has to be awaited, since emitters of the kind call their listeners later or all at once. */
  readonly awaited?: boolean;
  /** Emits and resolves when the listeners have settled. */
  readonly emitAndWait?: (event: string, sample: Sample) => Promise<unknown>;
  readonly stop?: () => Promise<unknown>;
}

export type MakeEmitter = (subscribed: readonly Subscribed[]) => Promise<Emitter>;

/** Emitters that only emit. Each is imported when it is made, so that no other one is in its process. */
export const emitters = {
  async eventemitter3(subscribed) {
    const { EventEmitter } = await import("eventemitter3");
    const emitter = new EventEmitter<{ [event: string]: [Sample] }>();
    for (const { event, listener } of subscribed) emitter.on(event, listener);
    return { emit: (event, sample) => emitter.emit(event, sample) };
  },

  async "node:events"(subscribed) {
    const { EventEmitter } = await import("node:events");
    const emitter = new EventEmitter().setMaxListeners(0);
    for (const { event, listener } of subscribed) emitter.on(event, listener);
    return { emit: (event, sample) => emitter.emit(event, sample) };
  },

  async mitt(subscribed) {
    const { default: mitt } = await import("mitt");
    // Its types are those of a module of CommonJS, which it is not for Node.
    const emitter = (mitt as unknown as typeof mitt.default)<{ [event: string]: Sample }>();
    for (const { event, listener } of subscribed) emitter.on(event, listener);
    return { emit: (event, sample) => emitter.emit(event, sample) };
  },

  async nanoevents(subscribed) {
    const { createNanoEvents } = await import("nanoevents");
    const emitter = createNanoEvents<{ [event: string]: Listener }>();
    for (const { event, listener } of subscribed) emitter.on(event, listener);
    return { emit: (event, sample) => emitter.emit(event, sample) };
  },

  eventemitter2: (subscribed) => eventemitter2(subscribed, false),

  "eventemitter2 with wildcards": (subscribed) => eventemitter2(subscribed, true),

  async hookable(subscribed) {
    const { createHooks } = await import("hookable");
    const hooks = createHooks<{ [event: string]: Listener }>();
    for (const { event, listener } of subscribed) hooks.hook(event, listener);
    return {
      emit: (event, sample) => hooks.callHook(event, sample),
      emitAndWait: async (event, sample) => hooks.callHookParallel(event, sample),
    };
  },

  async emittery(subscribed) {
    const { default: Emittery } = await import("emittery");
    const emitter = new Emittery<{ [event: string]: Sample }>();
    for (const { event, listener } of subscribed) emitter.on(event, ({ data }) => listener(data));
    const emitAndWait = (event: string, sample: Sample) => emitter.emit(event, sample);
    return { emit: emitAndWait, awaited: true, emitAndWait };
  },
} satisfies Record<string, MakeEmitter>;

async function eventemitter2(subscribed: readonly Subscribed[], wildcard: boolean): Promise<Emitter> {
  const { default: module } = await import("eventemitter2");
  const emitter = new module.EventEmitter2({ wildcard, maxListeners: 0 });
  for (const { event, listener } of subscribed) emitter.on(event, listener);
  return {
    emit: (event, sample) => emitter.emit(event, sample),
    emitAndWait: (event, sample) => emitter.emitAsync(event, sample),
  };
}
