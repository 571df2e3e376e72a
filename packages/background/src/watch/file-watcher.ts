import { type ChokidarOptions, FSWatcher, type Throttler } from "chokidar";

/**
 * chokidar's watcher, of which nothing is left when it is closed. chokidar 5 loses sight of what it is just about to watch
 * when it is closed, from one of its listeners for example; it opens itself again to wait for a file that it sees removed
 * too late; and its timers hold the process open for another second.
 */
export class FileWatcher extends FSWatcher {
  /** How to end each of the watches that it has begun. */
  readonly #watches = new Set<() => void>();
  #isClosed = false;

  constructor(path: string, options: ChokidarOptions) {
    super(options);
    const handler = this._nodeFsHandler;
    const begin = handler._watchWithNodeFs.bind(handler);
    handler._watchWithNodeFs = (...args) => {
      const end = begin(...args);
      if (!end) return undefined;
      const endOnce = () => {
        if (this.#watches.delete(endOnce)) end();
      };
      this.#watches.add(endOnce);
      if (this.#isClosed) endOnce();
      return endOnce;
    };
    this.add(path);
  }

  override add(...args: Parameters<FSWatcher["add"]>): this {
    if (!this.#isClosed) super.add(...args);
    return this;
  }

  override async close(): Promise<void> {
    this.#isClosed = true;
    for (const throttled of this._throttled.values()) {
      for (const { timeoutObject } of throttled.values() as Iterable<Throttler>) clearTimeout(timeoutObject);
    }
    await super.close();
    for (const end of [...this.#watches]) end();
  }
}
