import type { Handle, Service } from "@pawl/kernel";
import { type Activity, cancelOn, checkCallback, labelOf, type ServiceScope, scopeOf } from "@pawl/kernel/extend";
import type { ItemContext } from "./queue-entry.ts";
import type { QueueItem } from "./queue-item.ts";
import { checkPush, type PushOptions, type QueueOptions, type QueueOverflow, queueSettings } from "./queue-options.ts";
import { type QueueResults, queueResults } from "./queue-results.ts";
import { WorkQueue } from "./work-queue.ts";

/** Items that wait for a function of the service; see {@link queue}. */
export interface Queue<Item, Result = void> extends Handle {
  /** How many items wait, those that wait for another try included. */
  readonly size: number;
  /** How many items run. */
  readonly running: number;
  readonly isIdle: boolean;
  readonly isPaused: boolean;
  /**
   * Puts `item` in line; its function is called in a microtask at the earliest, in the async context of the push. The
   * handle of an item that is refused rejects: with a `NotRunningError` where the queue is closed or its service takes no
   * work, with a `QueueFullError` where it is full and `overflow` is `"error"`. While a stop drains the queue, only the
   * work that the stop waits for may push: items, requests and buffered listeners of the same service.
   *
   * @throws TypeError `PAWL_BAD_OPTION`
   * @example
   * const digest = await hashing.push("movie.mp4");
   */
  push(item: Item, options?: PushOptions): QueueItem<Result>;
  /**
   * Pushes `items` as there is room, whatever `overflow` says, and gives their results in the order of the items. Nothing
   * happens before it is iterated; at most twice as many items as run at once are ahead of who iterates. An item that
   * fails, or a `break`, cancels what is ahead and closes `items`; failures of what was ahead then go to `onError`. In a
   * stop no more is pushed; what is ahead is given while the queue is drained, then comes the `AbortError` of the stop.
   *
   * @example
   * for await (const digest of hashing.map(files)) this.log.info(digest);
   * @example
   * const digests = await hashing.map(files).toArray();
   */
  map(items: Iterable<Item> | AsyncIterable<Item>, options?: PushOptions): QueueResults<Result>;
  /** Cancels every item that waits; gives how many that were. What runs goes on. */
  clear(): number;
  /** Lets no item begin until `resume`; what runs goes on. A queue that is closed goes on. */
  pause(): void;
  resume(): void;
  /** Resolves when no item waits or runs. In an item of this queue it rejects with a `PAWL_QUEUE_DEADLOCK`. */
  onIdle(): Promise<void>;
  /**
   * Takes no more; resolves when everything that it holds was worked off, or was cancelled. In an item of this queue it
   * rejects with a `PAWL_QUEUE_DEADLOCK`, for who awaits it, and takes no more all the same.
   */
  close(): Promise<void>;
  /** Takes no more and cancels everything: what waits is dropped, the signals of what runs are aborted. */
  cancel(): void;
}

class QueueHandle<Item, Result> implements Queue<Item, Result> {
  readonly label: string;
  readonly #work: WorkQueue<Item, Result>;
  readonly #overflow: QueueOverflow;
  readonly #window: number;

  constructor(
    scope: ServiceScope,
    label: string,
    fn: (item: Item, context: ItemContext) => Result | PromiseLike<Result>,
    options: QueueOptions<Item>,
  ) {
    const settings = queueSettings("queue", options);
    this.label = label;
    this.#overflow = settings.overflow;
    this.#window = 2 * settings.concurrency;
    const over = () => {
      unlink();
      scope.remove(activity);
    };
    const work = new WorkQueue(scope, { kind: "queue", label, fn, settings, hasHolders: true, over });
    // Not the handle: a stop closes a queue otherwise than its user does.
    const activity: Activity = {
      kind: "queue",
      label,
      close: () => work.drain(),
      abort: (reason) => work.abort(reason),
      inspect: () => this.inspect(),
    };
    this.#work = work;
    const unlink = cancelOn(options.signal, () => this.cancel());
    scope.add(activity);
  }

  get size(): number {
    return this.#work.size;
  }

  get running(): number {
    return this.#work.running;
  }

  get isIdle(): boolean {
    return this.#work.isIdle;
  }

  get isPaused(): boolean {
    return this.#work.isPaused;
  }

  push(item: Item, options: PushOptions = {}): QueueItem<Result> {
    checkPush(options);
    return this.#work.push(item, options, this.#overflow);
  }

  map(items: Iterable<Item> | AsyncIterable<Item>, options: PushOptions = {}): QueueResults<Result> {
    checkPush(options);
    return queueResults(this.#work, items, options, this.#window);
  }

  clear(): number {
    return this.#work.clear();
  }

  pause(): void {
    this.#work.pause();
  }

  resume(): void {
    this.#work.resume();
  }

  onIdle(): Promise<void> {
    return this.#work.onIdle();
  }

  close(): Promise<void> {
    return this.#work.close();
  }

  cancel(): void {
    this.#work.cancel();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    return this.#work.inspect();
  }
}

/**
 * Makes a queue of the service: `fn` is called on it with each item that is pushed, so many at once. A failing item is
 * its holder's, else it goes to `onError`, and the queue goes on. A stop lets the queue work off what it holds, within
 * `stopTimeout`; what is left then is cancelled and told as one `QueueLeftError`.
 *
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * class Hashing extends Service {
 *   #files!: Queue<string, string>;
 *
 *   override onStart() {
 *     this.#files = queue(this, this.hash, { concurrency: 2 });
 *   }
 *
 *   digestOf(file: string) {
 *     return this.#files.push(file);
 *   }
 *
 *   async hash(file: string, { signal }: ItemContext) {
 *     return createHash("sha256").update(await readFile(file, { signal })).digest("hex");
 *   }
 * }
 */
export function queue<S extends Service, Item, Result>(
  service: S,
  fn: (this: NoInfer<S>, item: Item, context: ItemContext) => Result | PromiseLike<Result>,
  options: QueueOptions<Item> = {},
): Queue<Item, Result> {
  const scope = scopeOf(service, "queue");
  checkCallback("queue", fn, "second");
  const call = (item: Item, context: ItemContext) => fn.call(service as never, item, context);
  return new QueueHandle(scope, options.label ?? labelOf(fn, "anonymous"), call, options);
}
