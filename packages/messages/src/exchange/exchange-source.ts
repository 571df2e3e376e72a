import { NotRunningError } from "@pawl/kernel";
import type { GroupSpec, LeasedMessage } from "../engine.ts";
import type { LeaseSource } from "../lease/leased.ts";
import type { EngineRun, EngineUser } from "./engine-run.ts";
import type { Exchange } from "./exchange.ts";

/** A source of the engine that a group was joined at. */
interface Joined {
  readonly run: EngineRun;
  readonly source: LeaseSource<LeasedMessage>;
  /** Ends the take under way. */
  readonly ending: AbortController;
}

/** A group of an exchange: outlives the engine, and joins the next one. */
export class ExchangeSource implements LeaseSource<LeasedMessage>, EngineUser {
  readonly #exchange: Exchange;
  readonly #group: GroupSpec;
  #joined: Joined | undefined;
  /** Resolves when the last engine was left. */
  #left: Promise<void> = Promise.resolve();

  constructor(exchange: Exchange, group: GroupSpec) {
    this.#exchange = exchange;
    this.#group = group;
  }

  get leaseMs(): number {
    return this.#joined?.source.leaseMs ?? this.#group.leaseMs;
  }

  get isDown(): boolean {
    return this.#joined?.source.isDown ?? false;
  }

  async join(signal: AbortSignal): Promise<Joined> {
    const run = this.#exchange.run();
    const engine = await run.engine;
    const source = await engine.source(this.#group, signal);
    const joined = { run, source, ending: new AbortController() };
    if (signal.aborted || run.isOver) {
      await source.close();
      throw signal.aborted ? signal.reason : this.#down();
    }
    run.add(this);
    this.#joined = joined;
    return joined;
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedMessage[]> {
    const { source, ending } = this.#joined ?? (await this.join(signal));
    const end = () => ending.abort();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      const items = await source.take(max, ending.signal);
      if (items.length === 0 && !signal.aborted) throw this.#down();
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

  #down(): NotRunningError {
    const { name } = this.#exchange;
    return new NotRunningError(`${name}: messages are kept while it runs`, { path: name });
  }
}
