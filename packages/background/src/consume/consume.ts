import { type CallContext, type Overflow, PawlTypeError, type Service } from "@pawl/kernel";
import { checkCallback, labelOf, scopeOf } from "@pawl/kernel/extend";
import type { ItemContext } from "../queue/queue-entry.ts";
import { queueSettings, type TryOptions } from "../queue/queue-options.ts";
import { type Consumer, ConsumerActivity } from "./consumer.ts";
import { openSource } from "./open-source.ts";
import type { Emitter, Source } from "./source.ts";

export interface ConsumeOptions extends TryOptions {
  /** How many items of a source that gives them as they come may wait; one that is asked is not read ahead. @default 1000 */
  readonly buffer?: number;
  /** What happens to an item that comes when the buffer is full; `"error"` tells it as a failed item. @default "error" */
  readonly overflow?: Overflow;
}

/** For an `EventTarget` or an `EventEmitter`. */
export interface ConsumeEventOptions extends ConsumeOptions {
  /** The name of the event. */
  readonly event: string;
}

/**
 * Calls `fn` on the service with each item of a source, so many at once, as `for await` does: an iterable or async
 * iterable (Node streams among them), a `ReadableStream` of the web, an observable, or a function that gives one of these
 * and is called with `{ signal }`. With `{ event }` the source is an `EventTarget`, whose events are the items, or an
 * `EventEmitter`, of whose event the first arguments are.
 *
 * A failing item goes to `onError`, and the next one comes. The handle gives the count when the source has ended and all
 * is worked off. A failure of the source is the holder's, else a crash of the service. A stop closes the source, and works
 * off what was taken from it; of `events()` of the same service it works off what they hold.
 *
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`; what the source throws on
 * being read, such as a locked stream
 * @example
 * const lines = createInterface({ input: createReadStream("orders.csv") });
 * const count = await consume(this, lines, this.importLine, { concurrency: 4 });
 * @example
 * consume(this, socket, this.onMessage, { event: "message", overflow: "drop-oldest" });
 */
export function consume<S extends Service, Item extends Event = Event>(
  service: S,
  source: EventTarget,
  fn: (this: NoInfer<S>, event: Item, context: ItemContext) => unknown,
  options: ConsumeEventOptions,
): Consumer;
export function consume<S extends Service, Item>(
  service: S,
  source: Emitter,
  fn: (this: NoInfer<S>, item: Item, context: ItemContext) => unknown,
  options: ConsumeEventOptions,
): Consumer;
export function consume<S extends Service, Item>(
  service: S,
  source: Source<Item> | ((this: NoInfer<S>, context: CallContext) => Source<Item>),
  fn: (this: NoInfer<S>, item: NoInfer<Item>, context: ItemContext) => unknown,
  options?: ConsumeOptions,
): Consumer;
export function consume<Item>(
  service: Service,
  source: unknown,
  fn: (this: never, item: Item, context: ItemContext) => unknown,
  options: Partial<ConsumeEventOptions> = {},
): Consumer {
  const scope = scopeOf(service, "consume");
  checkCallback("consume", fn, "third");
  const { buffer, event, ...tries } = options;
  const settings = queueSettings<Item>(
    "consume",
    buffer === undefined ? tries : { ...tries, capacity: buffer },
    "buffer",
  );
  if ((settings.overflow as string) === "wait") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      'consume(…, { overflow }): a source that gives items as they come cannot wait; use "error", "drop-oldest" or "drop-newest"',
    );
  }
  return new ConsumerActivity<Item>(scope, {
    label: options.label ?? labelOf(fn, "anonymous"),
    open: (context) => {
      const made = typeof source === "function" ? (source.call(service, context) as unknown) : source;
      return openSource<Item>(made, event, scope.has(made));
    },
    fn: (item, context) => fn.call(service as never, item, context),
    settings,
    signal: options.signal,
  });
}
