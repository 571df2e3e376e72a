import type { Clock } from "@pawl/kernel";
import { compilePattern } from "@pawl/kernel/extend";
import type { EngineDeadLetter, EngineMessage, GroupFigures } from "../engine.ts";

/** A message as a group holds it until it is worked off. */
export interface Entry {
  readonly message: EngineMessage;
  /** How often it was taken. */
  attempt: number;
  isLeased: boolean;
  /** When it may be taken, or when its lease runs out, on the clock. */
  until: number;
}

/** The messages of one group, in this process. */
export class MemoryGroup {
  readonly group: string;
  readonly event: string;
  readonly dead: Set<EngineDeadLetter> = new Set();
  readonly wants: (event: string) => boolean;
  readonly #clock: Clock;
  /** Those that may be taken, oldest first. */
  readonly #ready = new Set<Entry>();
  /** Those that wait for a time: further tries, and the ends of leases. */
  readonly #timed = new Set<Entry>();
  /** Those of each key, oldest first; only the first may be taken. */
  readonly #lines = new Map<string, Entry[]>();
  readonly #waiting = new Set<() => void>();
  #leased = 0;
  #size = 0;

  constructor(group: string, event: string, clock: Clock) {
    this.group = group;
    this.event = event;
    this.wants = compilePattern(event);
    this.#clock = clock;
  }

  /** How many messages are not worked off. */
  get size(): number {
    return this.#size;
  }

  add(message: EngineMessage): void {
    const entry: Entry = { message, attempt: 0, isLeased: false, until: 0 };
    this.#size++;
    const { key } = message;
    if (key !== undefined) {
      const line = this.#lines.get(key);
      if (line) {
        line.push(entry);
        return;
      }
      this.#lines.set(key, [entry]);
    }
    this.#offer(entry);
  }

  /** Up to `max`, as soon as there is one; none when `signal` is aborted. */
  async take(max: number, leaseMs: number, signal: AbortSignal): Promise<readonly Entry[]> {
    while (!signal.aborted) {
      this.#comeDue();
      const taken = firstOf(this.#ready, max);
      for (const entry of taken) this.#lease(entry, leaseMs);
      if (taken.length > 0) return taken;
      await this.#untilOffered(signal);
    }
    return [];
  }

  remove(entry: Entry): void {
    this.#letGo(entry);
    this.#size--;
    const { key } = entry.message;
    if (key === undefined) return;
    const line = this.#lines.get(key) ?? [];
    line.shift();
    const next = line[0];
    if (next) this.#offer(next);
    else this.#lines.delete(key);
  }

  /** Has it taken again after `ms` milliseconds. */
  again(entry: Entry, ms: number): void {
    this.#letGo(entry);
    if (ms > 0) {
      entry.until = this.#clock.now() + ms;
      this.#timed.add(entry);
      this.#wake();
    } else this.#offer(entry);
  }

  bury(entry: Entry, error: string): void {
    this.remove(entry);
    const { message, attempt } = entry;
    this.dead.add({ message, group: this.group, attempts: attempt, deadAt: this.#clock.wallTime(), error });
  }

  extend(entry: Entry, leaseMs: number): boolean {
    entry.until = this.#clock.now() + leaseMs;
    return true;
  }

  figures(): GroupFigures {
    const { group, event } = this;
    return { group, event, waiting: this.#size - this.#leased, running: this.#leased, dead: this.dead.size };
  }

  close(): void {
    this.#wake();
  }

  #lease(entry: Entry, leaseMs: number): void {
    this.#ready.delete(entry);
    entry.attempt++;
    entry.isLeased = true;
    entry.until = this.#clock.now() + leaseMs;
    this.#timed.add(entry);
    this.#leased++;
  }

  #letGo(entry: Entry): void {
    this.#timed.delete(entry);
    if (!entry.isLeased) return;
    entry.isLeased = false;
    this.#leased--;
  }

  #offer(entry: Entry): void {
    this.#ready.add(entry);
    this.#wake();
  }

  #comeDue(): void {
    const now = this.#clock.now();
    for (const entry of this.#timed) {
      if (entry.until > now) continue;
      this.#letGo(entry);
      this.#ready.add(entry);
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when something may be there, or nothing is wanted any more. */
  #untilOffered(signal: AbortSignal): Promise<void> {
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#timed) next = Math.min(next, until);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    const ms = Math.max(0, Math.ceil(next - this.#clock.now()));
    const cancelTimer =
      next === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimer(resolve, ms, `${this.group}: next message`);
    return promise.finally(() => {
      this.#waiting.delete(resolve);
      cancelTimer?.();
    });
  }
}

function firstOf<Item>(items: Iterable<Item>, max: number): readonly Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (first.length === max) break;
    first.push(item);
  }
  return first;
}
