import type { Clock } from "@pawl/kernel";
import { compilePattern } from "@pawl/kernel/extend";
import type { EngineDeadLetter, EngineMessage, GroupFigures } from "../engine.ts";
import { Heap } from "./heap.ts";

/** A message as a group holds it until it is worked off. */
export interface Entry {
  readonly message: EngineMessage;
  /** In which order they came. */
  readonly order: number;
  /** How often it was taken. */
  attempt: number;
  /** Of the one who has it; another one for each lease. */
  lease: symbol | undefined;
  /** When its lease runs out or it may be tried again, on the clock. */
  until: number;
  /** In which of the heaps it is. */
  state: "ready" | "timed" | "blocked";
  place: number;
  /** The next one of its key. */
  next: Entry | undefined;
}

/** How many dead letters a group keeps; the oldest give way. */
const deadCapacity = 10_000;

/** The messages of one group, in this process. */
export class MemoryGroup {
  readonly group: string;
  readonly event: string;
  readonly dead: Set<EngineDeadLetter> = new Set();
  readonly wants: (event: string) => boolean;
  readonly #clock: Clock;
  /** Those that may be taken. */
  readonly #ready = new Heap<Entry>((a, b) => a.order < b.order);
  /** Those that wait for a time: further tries, and the ends of leases. */
  readonly #timed = new Heap<Entry>((a, b) => a.until < b.until);
  /** The last one of each key; they are in line, and only the first may be taken. */
  readonly #last = new Map<string, Entry>();
  readonly #waiting = new Set<() => void>();
  #order = 0;
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
    const order = this.#order++;
    const entry: Entry = {
      message,
      order,
      attempt: 0,
      lease: undefined,
      until: 0,
      state: "blocked",
      place: -1,
      next: undefined,
    };
    this.#size++;
    const { key } = message;
    const before = key === undefined ? undefined : this.#last.get(key);
    if (key !== undefined) this.#last.set(key, entry);
    if (before) before.next = entry;
    else this.#offer(entry);
  }

  /** Up to `max`, as soon as there is one; none when `signal` is aborted. */
  async take(max: number, leaseMs: number, signal: AbortSignal): Promise<readonly Entry[]> {
    while (!signal.aborted) {
      this.#comeDue();
      const taken: Entry[] = [];
      for (let entry = this.#ready.first; entry && taken.length < max; entry = this.#ready.first) {
        this.#lease(entry, leaseMs);
        taken.push(entry);
      }
      if (taken.length > 0) return taken;
      await this.#untilOffered(signal);
    }
    return [];
  }

  /** Whether `lease` is the one that holds it. */
  isHeld(entry: Entry, lease: symbol | undefined): boolean {
    this.#comeDue();
    return lease !== undefined && entry.lease === lease;
  }

  remove(entry: Entry): void {
    this.#letGo(entry);
    this.#size--;
    const { key } = entry.message;
    if (key === undefined) return;
    if (entry.next) this.#offer(entry.next);
    else this.#last.delete(key);
  }

  /** Has it taken again after `ms` milliseconds. */
  again(entry: Entry, ms: number): void {
    this.#letGo(entry);
    if (ms > 0) {
      this.#time(entry, ms);
      this.#wake();
    } else this.#offer(entry);
  }

  bury(entry: Entry, error: string): void {
    this.remove(entry);
    const { message, attempt } = entry;
    this.dead.add({ message, group: this.group, attempts: attempt, deadAt: this.#clock.wallTime(), error });
    for (const oldest of this.dead) {
      if (this.dead.size <= deadCapacity) break;
      this.dead.delete(oldest);
    }
  }

  extend(entry: Entry, leaseMs: number): void {
    this.#timed.delete(entry);
    this.#time(entry, leaseMs);
  }

  figures(): GroupFigures {
    this.#comeDue();
    const { group, event } = this;
    return { group, event, waiting: this.#size - this.#leased, running: this.#leased, dead: this.dead.size };
  }

  #lease(entry: Entry, leaseMs: number): void {
    this.#ready.delete(entry);
    entry.attempt++;
    entry.lease = Symbol();
    this.#time(entry, leaseMs);
    this.#leased++;
  }

  #time(entry: Entry, ms: number): void {
    entry.until = this.#clock.now() + ms;
    entry.state = "timed";
    this.#timed.add(entry);
  }

  /** Takes it out of where it is. */
  #letGo(entry: Entry): void {
    if (entry.state === "ready") this.#ready.delete(entry);
    else if (entry.state === "timed") this.#timed.delete(entry);
    entry.state = "blocked";
    if (entry.lease) this.#leased--;
    entry.lease = undefined;
  }

  #offer(entry: Entry): void {
    entry.state = "ready";
    this.#ready.add(entry);
    this.#wake();
  }

  #comeDue(): void {
    const now = this.#clock.now();
    for (let entry = this.#timed.first; entry && entry.until <= now; entry = this.#timed.first) {
      this.#letGo(entry);
      this.#offer(entry);
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when something may be there, or nothing is wanted any more. */
  #untilOffered(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    const next = this.#timed.first;
    const ms = next && Math.max(0, Math.ceil(next.until - this.#clock.now()));
    const cancelTimer = ms === undefined ? undefined : this.#clock.setTimer(wake, ms, `${this.group}: next message`);
    return promise.finally(() => {
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
      cancelTimer?.();
    });
  }
}
