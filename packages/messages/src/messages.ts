import { NotRunningError, PawlTypeError, Service } from "@pawl/kernel";
import { addFigures, kernelScope, scopeOf } from "@pawl/kernel/extend";
import type { DeadLetterQuery, EngineDeadLetter, GroupFigures, MessageEngine } from "./engine.ts";
import { engineOf } from "./engine-of.ts";
import { exchangeOf } from "./exchange.ts";

export interface MessagesOptions {
  /** Where messages are kept: `memory:`, `sqlite:./data/app.db`, `nats://127.0.0.1:4222`. @default "memory:" */
  readonly url?: string;
  /** An engine instead; called once for each start. */
  readonly engine?: () => MessageEngine;
}

/**
 * Keeps the messages of an app: what `publish` and `subscribe` of its services go to. List it first, so that it starts
 * before and stops after who uses it.
 *
 * @example
 * const kernel = new Kernel({ providers: { messages: new Messages({ url: "memory:" }), orders: new Orders() } });
 */
export class Messages extends Service {
  readonly #make: () => Promise<MessageEngine>;
  #engine: MessageEngine | undefined;

  /** @throws TypeError `PAWL_BAD_OPTION` */
  constructor({ url = "memory:", engine }: MessagesOptions = {}) {
    super();
    if (typeof url !== "string") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `new Messages({ url }): it must be a text, not ${String(url)}`);
    }
    this.#make = engine ? async () => engine() : () => engineOf(url);
    addFigures(this, "engine", () => this.#engine?.name ?? "none");
  }

  override async onStart(): Promise<void> {
    const { path } = scopeOf(this, "onStart");
    const { clock, report } = kernelScope(this.app);
    const engine = await this.#make();
    const { app } = this;
    await engine.open({ clock, app: app.name, report: (error) => report(error, { path, label: engine.name }) });
    this.own(engine, () => engine.close());
    this.#engine = engine;
    const letGo = exchangeOf(app).hold({ path, engine });
    this.addCleanup(() => {
      letGo();
      this.#engine = undefined;
    });
  }

  /** The groups that there are, and what waits for them. @throws NotRunningError */
  async groups(): Promise<readonly GroupFigures[]> {
    return this.#current.groups();
  }

  /**
   * What groups could not work off, oldest first; 100 unless `limit` says otherwise. @throws NotRunningError
   *
   * @example
   * const letters = await this.service("messages").deadLetters({ group: "billing" });
   */
  async deadLetters(query: DeadLetterQuery = {}): Promise<readonly EngineDeadLetter[]> {
    return this.#current.deadLetters(query);
  }

  /** Delivers dead letters to their group again, as if for the first time; gives how many. @throws NotRunningError */
  async redrive(query: DeadLetterQuery = {}): Promise<number> {
    return this.#current.redrive(query);
  }

  /** Drops dead letters; gives how many. @throws NotRunningError */
  async discard(query: DeadLetterQuery): Promise<number> {
    return this.#current.discard(query);
  }

  get #current(): MessageEngine {
    if (this.#engine) return this.#engine;
    throw new NotRunningError(`${this.path}: messages are kept while it runs`, { path: this.path });
  }
}
