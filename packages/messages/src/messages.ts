import { NotRunningError, PawlTypeError } from "@pawl/kernel";
import { addFigures, kernelScope, scopeOf } from "@pawl/kernel/extend";
import { AskedFigures } from "./asked-figures.ts";
import { type DeadLetter, deadLetterOf, printable } from "./dead-letter.ts";
import { deadLetterInput } from "./dead-letter-input.ts";
import type { DeadLetterQuery, GroupFigures, MessageEngine } from "./engine.ts";
import { engineOf } from "./engine-of.ts";
import { exchangeOf } from "./exchange/exchange.ts";
import { ServiceOfMessages } from "./messages-options.ts";

export interface MessagesOptions {
  /**
   * Where messages are kept: `memory:`, `sqlite:./data/app.db`, `nats://127.0.0.1:4222`. What the environment
   * (`MESSAGES_URL` of the provider `messages`) or the command line (`--messages-url`) says counts for more.
   *
   * @default "memory:"
   */
  readonly url?: string;
  /** An engine instead; called once for each start. */
  readonly engine?: () => MessageEngine;
}

/**
 * Keeps the messages of an app: what `publish` and `subscribe` of its services go to. List it first, so that it starts
 * before and stops after who uses it; in an `App`, `messages: "sqlite:./data/app.db"` does.
 *
 * @example
 * const kernel = new Kernel({ providers: { messages: new Messages({ url: "memory:" }), orders: new Orders() } });
 */
export class Messages extends ServiceOfMessages {
  readonly #make: (url: string | undefined) => Promise<MessageEngine>;
  #engine: MessageEngine | undefined;

  /** @throws TypeError `PAWL_BAD_OPTION` */
  constructor({ url = "memory:", engine }: MessagesOptions = {}) {
    super();
    if (typeof url !== "string") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `new Messages({ url }): it must be a text, not ${String(url)}`);
    }
    if (engine !== undefined && typeof engine !== "function") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        "new Messages({ engine }): it must be a function that gives an engine",
      );
    }
    // What the environment or the command line says counts for more than what stands in code.
    this.#make = async (given) => (engine && given === undefined ? engine() : engineOf(given ?? url));
    addFigures(this, "engine", () => this.#engine?.name ?? "none");
    const groups = new AskedFigures<GroupFigures>();
    addFigures(this, "groups", () =>
      this.#engine ? groups.read(kernelScope(this.app).clock, () => this.groups()) : [],
    );
    this.#declareActions();
  }

  override async onStart(): Promise<void> {
    const { path } = scopeOf(this, "onStart");
    const exchange = exchangeOf(this.app);
    const opening = Promise.withResolvers<MessageEngine>();
    exchange.hold(path, opening.promise);
    try {
      const engine = await this.#open(path);
      this.own(engine, () => engine.close());
      this.addCleanup(() => {
        this.#engine = undefined;
        return exchange.letGo();
      });
      this.#engine = engine;
      opening.resolve(engine);
    } catch (error) {
      opening.reject(error);
      await exchange.letGo();
      throw error;
    }
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
  async deadLetters(query: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    return (await this.#current.deadLetters(query)).map(deadLetterOf);
  }

  /** Delivers dead letters to their group again, as if for the first time; gives how many. @throws NotRunningError */
  async redrive(query: DeadLetterQuery = {}): Promise<number> {
    return this.#current.redrive(query);
  }

  /** Drops dead letters; gives how many. @throws NotRunningError */
  async discard(query: DeadLetterQuery = {}): Promise<number> {
    return this.#current.discard(query);
  }

  /** What `pawl messages` and other transports call; for who administers the app. */
  #declareActions(): void {
    const action = { admin: true } as const;
    this.action(() => this.groups(), {
      ...action,
      name: "groups",
      description: "The groups that there are, and what waits for them.",
    });
    this.action(deadLetterInput, async (query) => (await this.deadLetters(query)).map(printable), {
      ...action,
      name: "deadLetters",
      description: "What groups could not work off, oldest first.",
    });
    this.action(deadLetterInput, (query) => this.redrive(query), {
      ...action,
      name: "redrive",
      description: "Delivers dead letters to their group again; gives how many.",
    });
    this.action(deadLetterInput, (query) => this.discard(query), {
      ...action,
      name: "discard",
      description: "Drops dead letters; gives how many.",
    });
  }

  async #open(path: string): Promise<MessageEngine> {
    const { clock, name, report } = kernelScope(this.app);
    const { signal } = this;
    const engine = await this.#make(this.options.url);
    await engine.open({ clock, app: name, report: (error) => report(error, { path, label: engine.name }) });
    if (!signal.aborted) return engine;
    // Nobody waits for this start any more, nor would release it.
    await engine.close();
    throw signal.reason;
  }

  get #current(): MessageEngine {
    if (this.#engine) return this.#engine;
    throw new NotRunningError(`${this.path}: messages are kept while it runs`, { path: this.path });
  }
}
