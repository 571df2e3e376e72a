import type { Leased, LeaseSource } from "./leased.ts";
import type { SourceRun, SourceUser } from "./source-run.ts";

/** A source, and the run of what it takes from. */
export interface OpenedSource<Item extends Leased> {
  readonly run: SourceRun;
  readonly source: LeaseSource<Item>;
}

interface Joined<Item extends Leased> extends OpenedSource<Item> {
  /** Ends the take under way. */
  readonly ending: AbortController;
}

/** A source that outlives the engine or store that it takes from, and takes from the next one when that is let go. */
export abstract class LastingSource<Item extends Leased> implements LeaseSource<Item>, SourceUser {
  readonly #leaseMs: number;
  #joined: Joined<Item> | undefined;
  /** Resolves when the last one was left. */
  #left: Promise<void> = Promise.resolve();

  /** @param leaseMs how long a lease is while there is nothing to take from, in milliseconds */
  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Opens a source of what there is now to take from. */
  protected abstract open(signal: AbortSignal): Promise<OpenedSource<Item>>;
  /** What is told where that is let go. */
  protected abstract down(): Error;

  get leaseMs(): number {
    return this.#joined?.source.leaseMs ?? this.#leaseMs;
  }

  get isDown(): boolean {
    return this.#joined?.source.isDown ?? false;
  }

  /** @throws what `open` and `down` say; the reason of `signal` */
  async join(signal: AbortSignal): Promise<Joined<Item>> {
    const { run, source } = await this.open(signal);
    if (signal.aborted || run.isOver) {
      await source.close();
      throw signal.aborted ? signal.reason : this.down();
    }
    run.add(this);
    this.#joined = { run, source, ending: new AbortController() };
    return this.#joined;
  }

  async take(max: number, signal: AbortSignal): Promise<readonly Item[]> {
    const { source, ending } = this.#joined ?? (await this.join(signal));
    const end = () => ending.abort();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      const items = await source.take(max, ending.signal);
      if (items.length === 0 && !signal.aborted) throw this.down();
      return items;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  async close(): Promise<void> {
    await this.#leave();
    await this.#left;
  }

  detach(): Promise<void> {
    this.#left = this.#leave().catch(() => {
      // What was taken ahead comes again when its lease has run out.
    });
    return this.#left;
  }

  async #leave(): Promise<void> {
    const joined = this.#joined;
    this.#joined = undefined;
    joined?.run.delete(this);
    joined?.ending.abort();
    await joined?.source.close();
  }
}
