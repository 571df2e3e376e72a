import { PawlTypeError } from "@pawl/kernel";
import { PullSource, pulledIterator, pulledStream, pulledValues } from "./pull-source.ts";
import { emitterEvents, observedValues, PushSource, targetEvents } from "./push-source.ts";
import type { Emitter, OpenSource, Subscribable, WebStream } from "./source.ts";

type Shape = Partial<EventTarget & Emitter & WebStream<unknown> & Subscribable<unknown>> & {
  readonly [Symbol.asyncIterator]?: unknown;
  readonly [Symbol.iterator]?: unknown;
};

// Libraries of observables find each other by this, whether or not the platform has the symbol.
const observableKey = ((Symbol as { readonly observable?: symbol }).observable ?? "@@observable") as symbol;

const stringIsNoSource =
  "consume(): a string is no source; to read a file give createReadStream(path), or its lines by createInterface({ input })";

/**
 * How a source is read, told by its shape.
 *
 * @param event of an `EventTarget` or `EventEmitter`
 * @param endsInDrain of an async iterable: whether the stop of its consumer ends it too
 * @throws TypeError `PAWL_BAD_OPTION` where it is none; what the source throws on being read, such as a locked stream
 */
export function openSource<Item>(source: unknown, event: string | undefined, endsInDrain: boolean): OpenSource<Item> {
  // Its letters are hardly what is meant.
  if (typeof source === "string") throw new PawlTypeError("PAWL_BAD_OPTION", stringIsNoSource);
  const shape = Object(source) as Shape;
  if (event !== undefined) return new PushSource(eventsOf<Item>(shape, source, event));
  const observable = (shape as Record<symbol, unknown>)[observableKey];
  if (typeof observable === "function") {
    return new PushSource(observedValues(observable.call(source) as Subscribable<Item>));
  }
  if (typeof shape.getReader === "function") return new PullSource(pulledStream(shape as WebStream<Item>));
  if (typeof shape[Symbol.asyncIterator] === "function") {
    return new PullSource(pulledIterator(source as AsyncIterable<Item>), endsInDrain);
  }
  if (typeof shape[Symbol.iterator] === "function") return new PullSource(pulledValues(source as Iterable<Item>));
  if (typeof shape.subscribe === "function") return new PushSource(observedValues(shape as Subscribable<Item>));
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `consume(): ${nameOf(source)} is no source; give an iterable, a stream, an observable, a function that gives one, or { event } with an EventTarget or EventEmitter`,
  );
}

function eventsOf<Item>(shape: Shape, source: unknown, event: string) {
  if (typeof event !== "string" || event === "") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `consume(…, { event }): it must be a name, not ${JSON.stringify(event)}`,
    );
  }
  if (typeof shape.addEventListener === "function") return targetEvents<Item>(shape as EventTarget, event);
  if (typeof shape.on === "function" && typeof shape.removeListener === "function") {
    return emitterEvents<Item>(shape as Emitter, event);
  }
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `consume(…, { event }): ${nameOf(source)} is neither an EventTarget nor an EventEmitter`,
  );
}

function nameOf(source: unknown): string {
  if (typeof source !== "object" || source === null) return String(source);
  return `this ${source.constructor?.name ?? "object"}`;
}
