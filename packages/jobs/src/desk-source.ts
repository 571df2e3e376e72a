import type { LeaseSource } from "@pawl/messages/extend";
import type { JobDesk, StoreRun } from "./job-desk.ts";
import type { LeasedJob, WorkerSpec } from "./store.ts";

/** A source of the store that jobs are taken from. */
interface Joined {
  readonly run: StoreRun;
  readonly source: LeaseSource<LeasedJob>;
  /** Ends the take under way. */
  readonly ending: AbortController;
}

/** The jobs of one name for one worker: outlives the store, and takes from the next one. */
export class DeskSource implements LeaseSource<LeasedJob> {
  readonly #desk: JobDesk;
  readonly #worker: WorkerSpec;
  #joined: Joined | undefined;
  /** Resolves when the last store was left. */
  #left: Promise<void> = Promise.resolve();

  constructor(desk: JobDesk, worker: WorkerSpec) {
    this.#desk = desk;
    this.#worker = worker;
  }

  get leaseMs(): number {
    return this.#joined?.source.leaseMs ?? this.#worker.leaseMs;
  }

  get isDown(): boolean {
    return this.#joined?.source.isDown ?? false;
  }

  /** @throws NotRunningError, and what the store says, as a rejection */
  async join(): Promise<Joined> {
    const run = await this.#desk.run();
    const source = await run.store.source(this.#worker);
    if (run.isOver) {
      await source.close();
      throw this.#desk.down();
    }
    run.sources.add(this);
    this.#joined = { run, source, ending: new AbortController() };
    return this.#joined;
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedJob[]> {
    const { source, ending } = this.#joined ?? (await this.join());
    const end = () => ending.abort();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      const items = await source.take(max, ending.signal);
      if (items.length === 0 && !signal.aborted) throw this.#desk.down();
      return items;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  async close(): Promise<void> {
    await this.#leave();
    await this.#left;
  }

  /** Takes no more from a store that goes. Never rejects. */
  detach(): Promise<void> {
    this.#left = this.#leave().catch(() => {
      // What was taken comes again when its lease has run out.
    });
    return this.#left;
  }

  async #leave(): Promise<void> {
    const joined = this.#joined;
    this.#joined = undefined;
    joined?.run.sources.delete(this);
    joined?.ending.abort();
    await joined?.source.close();
  }
}
