import type { Clock } from "@pawl/kernel";
import { compilePattern } from "@pawl/kernel/extend";
import {
  type DeadLetterQuery,
  type EngineDeadLetter,
  type EngineMessage,
  type GroupFigures,
  idWindow,
} from "../engine.ts";
import { MessagesFullError } from "../errors/message-errors.ts";
import { MemoryGroup } from "./memory-group.ts";

/** How many messages a group may hold that are not worked off. */
const capacity = 100_000;

interface Found {
  readonly group: MemoryGroup;
  readonly letter: EngineDeadLetter;
}

/**
 * What a memory engine keeps: by default each has one of its own. Several kernels of one process share the messages of
 * the same, and they outlive each of the kernels.
 *
 * @example
 * const store = new MemoryStore();
 * const messages = new Messages({ engine: () => new MemoryEngine(store) });
 */
export class MemoryStore {
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #seen = new Map<string, number>();

  /** @throws MessagesFullError */
  add(message: EngineMessage, now: number): void {
    if (this.#isKnown(message.id, now)) return;
    const groups = [...this.#groups.values()].filter((group) => group.wants(message.event));
    const full = groups.find(({ size }) => size >= capacity);
    if (full) throw new MessagesFullError(full.group, capacity);
    this.#seen.set(message.id, now);
    for (const group of groups) group.add(message);
  }

  group(group: string, event: string, clock: Clock): MemoryGroup {
    const key = JSON.stringify([group, event]);
    const known = this.#groups.get(key) ?? new MemoryGroup(group, event, clock);
    this.#groups.set(key, known);
    return known;
  }

  figures(): readonly GroupFigures[] {
    return [...this.#groups.values()].map((group) => group.figures());
  }

  dead({ group, event, ids, limit = Number.POSITIVE_INFINITY }: DeadLetterQuery): readonly Found[] {
    const wanted = event === undefined ? () => true : compilePattern(event);
    return [...this.#groups.values()]
      .filter((one) => group === undefined || one.group === group)
      .flatMap((one) => [...one.dead].map((letter) => ({ group: one, letter })))
      .filter(({ letter: { message } }) => wanted(message.event) && (!ids || ids.includes(message.id)))
      .sort((a, b) => a.letter.deadAt - b.letter.deadAt)
      .slice(0, limit);
  }

  #isKnown(id: string, now: number): boolean {
    // Oldest first, as they were put in.
    for (const [old, at] of this.#seen) {
      if (now - at <= idWindow) break;
      this.#seen.delete(old);
    }
    return this.#seen.has(id);
  }
}
