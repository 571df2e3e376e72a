import type { OpenSource, Sink, WebStream, WebStreamReader } from "./source.ts";

/** What a source that is asked for its items has to offer. */
export interface Pulled<Item> {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: Item | undefined }>;
  close(): unknown;
}

/** A source that is asked for each item, when there is room for it. */
export class PullSource<Item> implements OpenSource<Item> {
  readonly pushes = false;
  readonly endsInDrain: boolean;
  readonly #pulled: Pulled<Item>;
  // Let go in the end: a source that never answers would keep whoever has asked.
  #sink: Sink<Item> | undefined;

  constructor(pulled: Pulled<Item>, endsInDrain = false) {
    this.#pulled = pulled;
    this.endsInDrain = endsInDrain;
  }

  open(sink: Sink<Item>): void {
    this.#sink = sink;
    void this.#pull();
  }

  close(): unknown {
    this.#sink = undefined;
    return this.#pulled.close();
  }

  /** Never rejects. */
  async #pull(): Promise<void> {
    try {
      for (;;) {
        await this.#sink?.room();
        if (!this.#sink) return;
        const item = await this.#pulled.next();
        if (item.done) break;
        this.#sink?.next(item.value as Item);
      }
      this.#end()?.end();
    } catch (error) {
      this.#end()?.fail(error);
    }
  }

  #end(): Sink<Item> | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    return sink;
  }
}

/** An async iterator; what it was made of is destroyed first, where that can be. */
export function pulledIterator<Item>(source: AsyncIterable<Item>): Pulled<Item> {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    close() {
      // The iterator of a Node stream answers a pending question first, which may be never.
      if (isNodeStream(source)) source.destroy();
      return iterator.return?.();
    },
  };
}

/** A sync iterator; promises among its items are awaited, as `for await` does. */
export function pulledValues<Item>(source: Iterable<Item | PromiseLike<Item>>): Pulled<Item> {
  const iterator = source[Symbol.iterator]();
  return {
    async next() {
      const { done, value } = iterator.next();
      if (done) return { done };
      try {
        return { value: await value };
      } catch (error) {
        iterator.return?.();
        throw error;
      }
    },
    close: () => iterator.return?.(),
  };
}

/** A stream of the web; it stays locked until it has ended or was cancelled. */
export function pulledStream<Item>(source: WebStream<Item>): Pulled<Item> {
  const reader: WebStreamReader<Item> = source.getReader();
  return {
    async next() {
      const item = await reader.read();
      if (item.done) reader.releaseLock();
      return item;
    },
    async close() {
      await reader.cancel();
      reader.releaseLock();
    },
  };
}

function isNodeStream(source: object): source is { destroy(): void } {
  const { destroy, pipe } = source as { destroy?: unknown; pipe?: unknown };
  return typeof destroy === "function" && typeof pipe === "function";
}
