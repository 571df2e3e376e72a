import type { NotRunningError } from "@pawl/kernel";
import type { GroupSpec, LeasedMessage } from "../engine.ts";
import { LastingSource, type OpenedSource } from "../lease/lasting-source.ts";
import type { Exchange } from "./exchange.ts";

/** A group of an exchange: outlives the engine, and joins the next one. */
export class ExchangeSource extends LastingSource<LeasedMessage> {
  readonly #exchange: Exchange;
  readonly #group: GroupSpec;

  constructor(exchange: Exchange, group: GroupSpec) {
    super(group.leaseMs);
    this.#exchange = exchange;
    this.#group = group;
  }

  protected override async open(signal: AbortSignal): Promise<OpenedSource<LeasedMessage>> {
    const run = this.#exchange.run();
    const engine = await run.engine;
    return { run, source: await engine.source(this.#group, signal) };
  }

  protected override down(): NotRunningError {
    return this.#exchange.down();
  }
}
