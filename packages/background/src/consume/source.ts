/** What observables call. */
export interface SourceObserver<Item> {
  next(value: Item): void;
  error(error: unknown): void;
  complete(): void;
}

/** An observable: of RxJS, of TC39's or WICG's proposal, or anything else that is subscribed to in this way. */
export interface Subscribable<Item> {
  subscribe(observer: SourceObserver<Item>): unknown;
}

/** An observable whose values are told by its `forEach`: the overloads of RxJS's `subscribe` hide them. */
export interface SubscribableEach<Item> extends Subscribable<never> {
  forEach(next: (value: Item) => void): Promise<void>;
}

/** A `ReadableStream` of the web, of whichever realm. */
export interface WebStream<Item> {
  getReader(): WebStreamReader<Item>;
}

export interface WebStreamReader<Item> {
  read(): Promise<{ readonly done: boolean; readonly value?: Item | undefined }>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

/**
 * What gives item after item: it is asked for each, or gives them as they come. Streams, of Node and of the web, are
 * async iterables.
 */
export type Source<Item> =
  | AsyncIterable<Item>
  | Iterable<Item | PromiseLike<Item>>
  | Subscribable<Item>
  | SubscribableEach<Item>;

// biome-ignore lint/suspicious/noExplicitAny: emitters are typed in many ways; any listener has to fit
type Listener = (...args: any[]) => void;

/** A Node `EventEmitter`, or what is used like one. */
export interface Emitter {
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/** Where a source puts its items. */
export interface Sink<Item> {
  next(item: Item): void;
  /** Undefined where one more item may be asked for, else a promise of when. */
  room(): Promise<void> | undefined;
  end(): void;
  fail(error: unknown): void;
}

/** A source that is read, of whatever kind. */
export interface OpenSource<Item> {
  /** Whether it gives items as they come, and has to be buffered. */
  readonly pushes: boolean;
  /** Whether it is of the same run as its consumer: the stop ends it, and lets it give what it holds. */
  readonly endsInDrain: boolean;
  /** Begins. Nothing is told to `sink` after `close`, nor after its end. */
  open(sink: Sink<Item>): void;
  /** Lets go of the source, which has not ended; resolves when that is done. */
  close(): unknown;
}
