import { type Kernel, NotRunningError } from "@pawl/kernel";
import { kernelScope, perKernel } from "@pawl/kernel/extend";
import type { EngineMessage, GroupSpec, LeasedMessage, MessageEngine } from "../engine.ts";
import { MemoryEngine } from "../engines/memory-engine.ts";
import { MessagesTakenError } from "../errors/message-errors.ts";
import type { LeaseSource } from "../lease/leased.ts";
import { EngineRun } from "./engine-run.ts";
import { ExchangeSource } from "./exchange-source.ts";

/** The way from the services of one kernel to its engine: that of its service for messages, or else its memory. */
export class Exchange {
  readonly #kernel: Kernel;
  /** Owner path of the service that keeps messages; stays when that is down. */
  #keeper: string | undefined;
  #run: EngineRun | undefined;
  /** The groups that are being joined: what is published after that was begun waits for it, and so reaches them. */
  readonly #joining = new Set<Promise<unknown>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Who keeps the messages, for errors. */
  get name(): string {
    return this.#keeper ?? "memory";
  }

  /** Says which service will keep them as soon as it runs, so that until then they do not go to memory. */
  expect(path: string): void {
    this.#keeper ??= path;
  }

  /**
   * Has messages kept by the service at `path`, from when `engine` resolves.
   *
   * @throws MessagesTakenError where another service keeps them, or the memory does since it was asked for before
   */
  hold(path: string, engine: Promise<MessageEngine>): void {
    if (this.#run) throw new MessagesTakenError(path, this.#keeper);
    this.#keeper = path;
    this.#run = new EngineRun(engine);
  }

  /** Ends what goes to the engine; resolves when every source is closed. */
  async letGo(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.end();
  }

  /** @throws NotRunningError while the service that keeps messages is down */
  run(): EngineRun {
    this.#run ??= this.#inMemory();
    return this.#run;
  }

  /** @throws NotRunningError while the service that keeps messages is down; what the engine says; the reason of `signal` */
  async publish(message: EngineMessage, signal: AbortSignal): Promise<void> {
    if (this.#joining.size > 0) await settled([...this.#joining], signal);
    const engine = await this.run().engine;
    await engine.publish(message, signal);
  }

  /** Joins a group, and joins it again where its engine is another one later. */
  async source(group: GroupSpec, signal: AbortSignal): Promise<LeaseSource<LeasedMessage>> {
    const source = new ExchangeSource(this, group);
    const joined = source.join(signal);
    const over = joined.then(
      () => {},
      () => {},
    );
    this.#joining.add(over);
    void over.then(() => this.#joining.delete(over));
    await joined;
    return source;
  }

  /** What is told while the service that keeps messages is down. */
  down(): NotRunningError {
    const path = this.name;
    return new NotRunningError(`${path}: messages are kept while it runs`, { path });
  }

  #inMemory(): EngineRun {
    if (this.#keeper !== undefined) throw this.down();
    return new EngineRun(openMemory(this.#kernel));
  }
}

async function openMemory(kernel: Kernel): Promise<MessageEngine> {
  const { clock, name, report } = kernelScope(kernel);
  const engine = new MemoryEngine();
  await engine.open({ clock, app: name, report: (error) => report(error, { path: name, label: "messages" }) });
  return engine;
}

/** @throws the reason of `signal` */
function settled(all: readonly Promise<unknown>[], signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const late = () => reject(signal.reason);
  signal.addEventListener("abort", late, { once: true });
  void Promise.all(all).then(resolve);
  return promise.finally(() => signal.removeEventListener("abort", late));
}

/** The way to the engine of `kernel`. */
export const exchangeOf: (kernel: Kernel) => Exchange = perKernel((kernel) => new Exchange(kernel));

/** Says that the provider `name` of a kernel will keep its messages: until it runs, and where a start leaves it out, they go nowhere. */
export function expectMessages(kernel: Kernel, name: string): void {
  exchangeOf(kernel).expect(name);
}
