import type { Emitter, OpenSource, Sink, Subscribable } from "./source.ts";

/** Begins to listen; gives back how to stop. */
type Listen<Item> = (sink: Sink<Item>, signal: AbortSignal) => () => unknown;

/** A source that gives items as they come. */
export class PushSource<Item> implements OpenSource<Item> {
  readonly pushes = true;
  readonly endsInDrain = false;
  readonly #listen: Listen<Item>;
  #sink: Sink<Item> | undefined;
  #stop: (() => unknown) | undefined;
  readonly #controller = new AbortController();

  constructor(listen: Listen<Item>) {
    this.#listen = listen;
  }

  open(sink: Sink<Item>): void {
    this.#sink = sink;
    const told: Sink<Item> = {
      next: (item) => this.#sink?.next(item),
      room: () => undefined,
      end: () => this.#end()?.end(),
      fail: (error) => this.#end()?.fail(error),
    };
    const stop = this.#listen(told, this.#controller.signal);
    // It may have ended while it was subscribed to.
    if (this.#sink) this.#stop = stop;
    else stop();
  }

  close(): unknown {
    this.#sink = undefined;
    this.#controller.abort();
    return this.#stop?.();
  }

  /** Gives who is to be told, once. */
  #end(): Sink<Item> | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    if (sink) this.#stop?.();
    return sink;
  }
}

/** The events of an `EventTarget`. */
export function targetEvents<Item>(target: EventTarget, event: string): Listen<Item> {
  return (sink) => {
    const listener = (item: Event) => sink.next(item as Item);
    target.addEventListener(event, listener);
    return () => target.removeEventListener(event, listener);
  };
}

/** The first arguments of an event of an `EventEmitter`; its `"error"` event is the failure of the source. */
export function emitterEvents<Item>(emitter: Emitter, event: string): Listen<Item> {
  return (sink) => {
    const onEvent = (item: Item) => sink.next(item);
    const onError = (error: unknown) => sink.fail(error);
    const watchesErrors = event !== "error";
    emitter.on(event, onEvent);
    if (watchesErrors) emitter.on("error", onError);
    return () => {
      emitter.removeListener(event, onEvent);
      if (watchesErrors) emitter.removeListener("error", onError);
    };
  };
}

/** The values of an observable. */
export function observedValues<Item>(observable: Subscribable<Item>): Listen<Item> {
  return (sink, signal) => {
    const observer = {
      next: (item: Item) => sink.next(item),
      error: (error: unknown) => sink.fail(error),
      complete: () => sink.end(),
    };
    // WICG's proposal takes a signal and gives nothing back; TC39's gives an object, some libraries a function.
    const subscribe = observable.subscribe as (observer: object, options: object) => unknown;
    const subscription = subscribe.call(observable, observer, { signal });
    return () => {
      if (typeof subscription === "function") return subscription() as unknown;
      return (subscription as { unsubscribe?(): unknown } | undefined)?.unsubscribe?.();
    };
  };
}
