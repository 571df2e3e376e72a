import { messageOf } from "@pawl/kernel/extend";
import type {
  DeadLetterQuery,
  EngineContext,
  EngineDeadLetter,
  EngineMessage,
  GroupFigures,
  GroupSpec,
  LeasedMessage,
  MessageEngine,
} from "../engine.ts";
import type { LeaseSource } from "../lease/leased.ts";
import type { Entry, MemoryGroup } from "./memory-group.ts";
import { MemoryStore } from "./memory-store.ts";

/** Keeps messages for as long as the process lives: everything of an engine but that they outlive it. */
export class MemoryEngine implements MessageEngine {
  readonly name = "memory";
  readonly #store: MemoryStore;
  #context!: EngineContext;

  constructor(store: MemoryStore = new MemoryStore()) {
    this.#store = store;
  }

  async open(context: EngineContext): Promise<void> {
    this.#context = context;
  }

  async close(): Promise<void> {}

  async publish(message: EngineMessage): Promise<void> {
    this.#store.add(message, this.#context.clock.now());
  }

  async source({ group, event, leaseMs }: GroupSpec): Promise<LeaseSource<LeasedMessage>> {
    const joined = this.#store.group(group, event, this.#context.clock);
    return {
      leaseMs,
      async take(max, signal) {
        const entries = await joined.take(max, leaseMs, signal);
        return entries.map((entry) => leased(joined, entry, leaseMs));
      },
      async close() {},
    };
  }

  async groups(): Promise<readonly GroupFigures[]> {
    return this.#store.figures();
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly EngineDeadLetter[]> {
    return this.#store.dead({ ...query, limit: query.limit ?? 100 }).map(({ letter }) => letter);
  }

  async redrive(query: DeadLetterQuery): Promise<number> {
    const found = this.#store.dead(query);
    for (const { group, letter } of found) {
      group.dead.delete(letter);
      group.add(letter.message);
    }
    return found.length;
  }

  async discard(query: DeadLetterQuery): Promise<number> {
    const found = this.#store.dead(query);
    for (const { group, letter } of found) group.dead.delete(letter);
    return found.length;
  }
}

function leased(group: MemoryGroup, entry: Entry, leaseMs: number): LeasedMessage {
  const { message, attempt, lease } = entry;
  const isHeld = () => group.isHeld(entry, lease);
  return {
    id: message.id,
    message,
    attempt,
    done: () => void (isHeld() && group.remove(entry)),
    retry: (ms) => void (isHeld() && group.again(entry, ms)),
    dead: (error) => void (isHeld() && group.bury(entry, messageOf(error))),
    release() {
      if (!isHeld()) return;
      entry.attempt--;
      group.again(entry, 0);
    },
    extend() {
      if (!isHeld()) return false;
      group.extend(entry, leaseMs);
      return true;
    },
  };
}
