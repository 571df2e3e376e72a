import { compilePattern, messageOf } from "@pawl/kernel/extend";
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
import { MessagesFullError } from "../errors/message-errors.ts";
import type { LeaseSource } from "../lease/leased.ts";
import { type Entry, MemoryGroup } from "./memory-group.ts";

/** How long an id is remembered, in milliseconds. */
const window = 120_000;
/** How many messages a group may hold that are not worked off. */
const capacity = 100_000;

/** Keeps messages for as long as the process lives: everything of an engine but that they outlive it. */
export class MemoryEngine implements MessageEngine {
  readonly name = "memory";
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #seen = new Map<string, number>();
  #context!: EngineContext;

  async open(context: EngineContext): Promise<void> {
    this.#context = context;
  }

  async close(): Promise<void> {
    for (const group of this.#groups.values()) group.close();
  }

  async publish(message: EngineMessage): Promise<void> {
    const { clock } = this.#context;
    if (this.#isKnown(message.id, clock.now())) return;
    const groups = [...this.#groups.values()].filter((group) => group.wants(message.event));
    const full = groups.find(({ size }) => size >= capacity);
    if (full) throw new MessagesFullError(full.group, capacity);
    this.#seen.set(message.id, clock.now());
    for (const group of groups) group.add(message);
  }

  async source(spec: GroupSpec): Promise<LeaseSource<LeasedMessage>> {
    const { group, event, leaseMs } = spec;
    const key = JSON.stringify([group, event]);
    const joined = this.#groups.get(key) ?? new MemoryGroup(group, event, this.#context.clock);
    this.#groups.set(key, joined);
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
    return [...this.#groups.values()].map((group) => group.figures());
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly EngineDeadLetter[]> {
    return this.#dead(query, 100).map(({ letter }) => letter);
  }

  async redrive(query: DeadLetterQuery): Promise<number> {
    const found = this.#dead(query);
    for (const { group, letter } of found) {
      group.dead.delete(letter);
      group.add(letter.message);
    }
    return found.length;
  }

  async discard(query: DeadLetterQuery): Promise<number> {
    const found = this.#dead(query);
    for (const { group, letter } of found) group.dead.delete(letter);
    return found.length;
  }

  #dead({ group, event, ids, limit }: DeadLetterQuery, most = Number.POSITIVE_INFINITY) {
    const wanted = event === undefined ? () => true : compilePattern(event);
    return [...this.#groups.values()]
      .filter((one) => group === undefined || one.group === group)
      .flatMap((one) => [...one.dead].map((letter) => ({ group: one, letter })))
      .filter(({ letter: { message } }) => wanted(message.event) && (!ids || ids.includes(message.id)))
      .sort((a, b) => a.letter.deadAt - b.letter.deadAt)
      .slice(0, limit ?? most);
  }

  #isKnown(id: string, now: number): boolean {
    // Oldest first, as they were put in.
    for (const [old, at] of this.#seen) {
      if (now - at <= window) break;
      this.#seen.delete(old);
    }
    return this.#seen.has(id);
  }
}

function leased(group: MemoryGroup, entry: Entry, leaseMs: number): LeasedMessage {
  const { message, attempt } = entry;
  // Of this lease: once it has run out another one may have begun.
  const isHeld = () => entry.isLeased && entry.attempt === attempt;
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
    extend: () => isHeld() && group.extend(entry, leaseMs),
  };
}
