import type { Kernel } from "@pawl/kernel";
import { kernelScope } from "@pawl/kernel/extend";
import type { EngineMessage, GroupSpec, LeasedMessage, MessageEngine } from "./engine.ts";
import { MemoryEngine } from "./engines/memory-engine.ts";
import { MessagesTakenError } from "./errors/message-errors.ts";
import type { LeaseSource } from "./lease/leased.ts";

/** Who keeps the messages of a kernel, for as long as that runs. */
interface Holder {
  readonly path: string;
  /** @throws NotRunningError while it has none */
  readonly engine: MessageEngine;
}

/** The way from the services of one kernel to its engine. */
export class Exchange {
  readonly #kernel: Kernel;
  #holder: Holder | undefined;
  #memory: Promise<MessageEngine> | undefined;
  /** The groups that are being joined: what is published after that was begun waits for it, and so reaches them. */
  readonly #joining = new Set<Promise<unknown>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Who keeps the messages, for errors. */
  get name(): string {
    return this.#holder?.path ?? "memory";
  }

  /** Has messages kept by a service of the kernel; gives its undo. @throws MessagesTakenError */
  hold(holder: Holder): () => void {
    if (this.#holder) throw new MessagesTakenError(holder.path, this.#holder.path);
    this.#holder = holder;
    return () => {
      if (this.#holder === holder) this.#holder = undefined;
    };
  }

  /** @throws NotRunningError, as a rejection, while the service that keeps messages is down */
  async engine(): Promise<MessageEngine> {
    return this.#holder?.engine ?? (await this.#inMemory());
  }

  async publish(message: EngineMessage, signal: AbortSignal): Promise<void> {
    if (this.#joining.size > 0) await settled([...this.#joining], signal);
    const engine = await this.engine();
    await engine.publish(message, signal);
  }

  /** Joins a group. */
  async source(group: GroupSpec): Promise<LeaseSource<LeasedMessage>> {
    const joined = this.engine().then((engine) => engine.source(group));
    const over = joined.then(
      () => {},
      () => {},
    );
    this.#joining.add(over);
    void over.then(() => this.#joining.delete(over));
    return joined;
  }

  #inMemory(): Promise<MessageEngine> {
    this.#memory ??= openMemory(this.#kernel);
    return this.#memory;
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

const exchanges = new WeakMap<Kernel, Exchange>();

/** The way to the engine of `kernel`: that of its service for messages, or else its memory. */
export function exchangeOf(kernel: Kernel): Exchange {
  const known = exchanges.get(kernel);
  if (known) return known;
  const made = new Exchange(kernel);
  exchanges.set(kernel, made);
  return made;
}
