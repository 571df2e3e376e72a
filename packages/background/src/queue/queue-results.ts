import { AsyncResource } from "node:async_hooks";
import { PawlTypeError } from "@pawl/kernel";
import type { ItemHandle } from "./queue-item.ts";
import type { PushOptions } from "./queue-options.ts";
import type { WorkQueue } from "./work-queue.ts";

/** The results of `map`, in the order of its items. They can be iterated once. */
export interface QueueResults<Result> extends AsyncIterable<Result, undefined> {
  /** All of them; rejects with the first failure. */
  toArray(): Promise<Result[]>;
}

/** What was pushed, in order; an item of a key that was there already belongs to whoever has pushed it. */
interface Pushed<Result> {
  readonly handle: ItemHandle<Result>;
  readonly isNew: boolean;
}

/**
 * Pushes `items` into `work` while they are iterated.
 *
 * @param ahead how many are pushed ahead of who iterates
 * @throws TypeError `PAWL_BAD_OPTION`
 */
export function queueResults<Item, Result>(
  work: WorkQueue<Item, Result>,
  items: Iterable<Item> | AsyncIterable<Item>,
  options: PushOptions,
  ahead: number,
): QueueResults<Result> {
  const iterator = iteratorOf(items);
  const results = resultsOf(work, iterator, options, ahead);
  return {
    [Symbol.asyncIterator]: () => results,
    async toArray() {
      const all: Result[] = [];
      for await (const result of results) all.push(result);
      return all;
    },
  };
}

async function* resultsOf<Item, Result>(
  work: WorkQueue<Item, Result>,
  iterator: () => AsyncOrSyncIterator<Item>,
  options: PushOptions,
  ahead: number,
): AsyncGenerator<Result, undefined> {
  const deadlock = work.deadlockHere("the results of map()");
  if (deadlock) throw deadlock;
  const feed = new Feed(work, iterator(), options, ahead);
  try {
    for (;;) {
      const next = feed.take();
      if (next) yield await next;
      else if (feed.ended) {
        if (feed.ended === "refused") throw await work.ending.refusal();
        if ("error" in feed.ended) throw feed.ended.error;
        return undefined;
      } else await feed.changed();
    }
  } finally {
    await feed.end();
  }
}

type AsyncOrSyncIterator<T> = Iterator<T> | AsyncIterator<T>;

/** Reads items and pushes them, a few ahead of who takes their handles. */
class Feed<Item, Result> {
  /** How the source has ended; `"refused"` where the queue takes no more of it. */
  ended: { readonly error?: unknown } | "refused" | undefined;
  readonly #work: WorkQueue<Item, Result>;
  readonly #iterator: AsyncOrSyncIterator<Item>;
  readonly #options: PushOptions;
  readonly #ahead: number;
  readonly #pushed: Pushed<Result>[] = [];
  readonly #forget: () => void;
  /** Whether the source is being asked for its next item. */
  #isAsking = false;
  /** Whether the source has ended by itself or failed: it needs no closing. */
  #isSourceOver = false;
  #change: PromiseWithResolvers<void> | undefined;

  constructor(work: WorkQueue<Item, Result>, iterator: AsyncOrSyncIterator<Item>, options: PushOptions, ahead: number) {
    this.#work = work;
    this.#iterator = iterator;
    this.#options = options;
    this.#ahead = ahead;
    // Who iterates may be part of the drain of a stop, which is told by the async context.
    this.#forget = work.ending.watch(AsyncResource.bind(() => this.#queueEnds()));
    void this.#run();
  }

  /** The oldest of what was pushed. */
  take(): ItemHandle<Result> | undefined {
    const next = this.#pushed.shift();
    if (!next) return undefined;
    if (next.isNew) next.handle.take();
    this.#changed();
    return next.handle;
  }

  /** Resolves when something was pushed or taken, or it has ended. */
  changed(): Promise<void> {
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  /** Cancels what it has pushed ahead, and closes the source where that has not ended by itself. */
  async end(): Promise<void> {
    this.#end({});
    this.#forget();
    for (const { handle, isNew } of this.#pushed) if (isNew) handle.cancel();
    this.#leaveAll();
    if (this.#isSourceOver) return;
    const closed = this.#iterator.return?.();
    // A source that is being asked answers that first, if ever: nobody waits for it.
    if (this.#isAsking) Promise.resolve(closed).catch((error: unknown) => this.#work.report(error));
    else await closed;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      while (!this.ended) {
        const item = await this.#next();
        if (this.ended) return;
        if (item.done) this.#end({});
        else await this.#push(await item.value);
      }
    } catch (error) {
      this.#end({ error });
    }
  }

  async #next(): Promise<IteratorResult<Item>> {
    this.#isAsking = true;
    try {
      const item = await this.#iterator.next();
      if (item.done) this.#isSourceOver = true;
      return item;
    } catch (error) {
      this.#isSourceOver = true;
      throw error;
    } finally {
      this.#isAsking = false;
    }
  }

  async #push(item: Item): Promise<void> {
    this.#work.requireWork("map");
    const pushed = this.#work.take(item, this.#options, "wait");
    // Nobody can hold it before its turn comes: its failure is kept until then.
    if (pushed.isNew) pushed.handle.isAhead = true;
    this.#pushed.push(pushed);
    this.#changed();
    await pushed.handle.queued;
    while (this.#pushed.length >= this.#ahead && !this.ended) await this.changed();
  }

  #end(how: { readonly error?: unknown } | "refused"): void {
    this.ended ??= how;
    this.#changed();
  }

  #queueEnds(): void {
    if (!this.#work.ending.takesHere) this.#end("refused");
    // Whoever iterates may never come back: what has failed by then must not be lost.
    if (this.#work.ending.isCut) this.#leaveAll();
  }

  /** Failures of what was not come to are told as those of any other item. */
  #leaveAll(): void {
    for (const { handle, isNew } of this.#pushed) if (isNew) handle.leave();
  }

  #changed(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): () => AsyncOrSyncIterator<T> {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(items) as Partial<
    Iterable<T> & AsyncIterable<T>
  >;
  if (typeof later === "function") return () => later.call(items as AsyncIterable<T>);
  if (typeof now === "function") return () => now.call(items as Iterable<T>);
  throw new PawlTypeError("PAWL_BAD_OPTION", `map(): its items must be iterable, not ${String(items)}`);
}
