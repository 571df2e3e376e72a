import type { Clock } from "@pawl/kernel";
import type { JobFigures, JobState, NewJob, StoredJob } from "../store.ts";

/** A job as the memory holds it. */
export interface Entry {
  readonly job: NewJob;
  state: JobState;
  attempts: number;
  /** When it may be taken, or when its lease runs out, in milliseconds since 1970. */
  until: number;
  /** Of the lease that it is under; a later one has another number. */
  lease: number;
  /** Whether it is to be given up. */
  isUnwanted: boolean;
  progress: string | undefined;
  endedAt: number | undefined;
  error: string | undefined;
}

export function storedJob({ job, state, attempts, until, progress, endedAt, error }: Entry): StoredJob {
  const dueAt = state === "waiting" ? Math.max(until, job.dueAt) : job.dueAt;
  return { ...job, dueAt, state, attempts, progress, endedAt, error };
}

/** The jobs of one name that are not worked off, in this process. */
export class MemoryQueue {
  readonly name: string;
  dead = 0;
  done = 0;
  readonly #clock: Clock;
  readonly #ended: (entry: Entry) => void;
  /** Those that may be taken, by priority; of one priority in the order in which they may. */
  readonly #ready = new Map<number, Set<Entry>>();
  /** Those that wait for a time: delayed ones, further tries, and the ends of leases. */
  readonly #timed = new Set<Entry>();
  /** When the first of those is due, or earlier. */
  #nextAt = Number.POSITIVE_INFINITY;
  /** Those of each key, oldest first; only the first may be taken. */
  readonly #lines = new Map<string, Set<Entry>>();
  readonly #sleepers = new Set<() => void>();
  #leases = 0;
  #running = 0;
  #size = 0;

  /** @param ended is told of each that was taken out for good */
  constructor(name: string, clock: Clock, ended: (entry: Entry) => void) {
    this.name = name;
    this.#ended = ended;
    this.#clock = clock;
  }

  add(entry: Entry): void {
    this.#size++;
    const { key } = entry.job;
    if (key !== undefined) {
      const line = this.#lines.get(key);
      if (line) {
        line.add(entry);
        return;
      }
      this.#lines.set(key, new Set([entry]));
    }
    this.#offer(entry);
  }

  /** Up to `max`, as soon as there is one; none when `signal` is aborted. */
  async take(max: number, leaseMs: number, signal: AbortSignal): Promise<readonly Entry[]> {
    while (!signal.aborted) {
      this.#comeDue();
      const taken = this.#first(max);
      for (const entry of taken) this.#lease(entry, leaseMs);
      if (taken.length > 0) return taken;
      await this.#untilOffered(signal);
    }
    return [];
  }

  /** Has it taken again after `ms` milliseconds. */
  again(entry: Entry, ms: number): void {
    this.#letGo(entry);
    entry.until = ms > 0 ? this.#clock.wallTime() + ms : 0;
    this.#offer(entry);
  }

  /** Takes it out for good. */
  end(entry: Entry, state: "done" | "dead" | "cancelled"): void {
    this.#letGo(entry);
    this.#size--;
    entry.state = state;
    entry.endedAt = this.#clock.wallTime();
    if (state === "dead") this.dead++;
    if (state === "done") this.done++;
    this.#ended(entry);
    const { key } = entry.job;
    const line = key === undefined ? undefined : this.#lines.get(key);
    if (key === undefined || !line) return;
    const [first] = line;
    line.delete(entry);
    const [next] = line;
    if (line.size === 0) this.#lines.delete(key);
    else if (next && first === entry) this.#offer(next);
  }

  extend(entry: Entry, leaseMs: number): void {
    this.#await(entry, this.#clock.wallTime() + leaseMs);
  }

  figures(): JobFigures {
    const { name, dead, done } = this;
    return { name, waiting: this.#size - this.#running, running: this.#running, dead, done };
  }

  /** Lets those look again who wait for jobs. */
  wake(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  #lease(entry: Entry, leaseMs: number): void {
    entry.state = "running";
    entry.attempts++;
    entry.lease = ++this.#leases;
    this.#running++;
    this.#await(entry, this.#clock.wallTime() + leaseMs);
  }

  #letGo(entry: Entry): void {
    this.#timed.delete(entry);
    this.#ready.get(entry.job.priority)?.delete(entry);
    if (entry.state !== "running") return;
    entry.state = "waiting";
    entry.lease = 0;
    this.#running--;
  }

  /** Lets it be taken, when it is time for it. */
  #offer(entry: Entry): void {
    const at = Math.max(entry.until, entry.job.dueAt);
    if (at > this.#clock.wallTime()) this.#await(entry, at);
    else {
      const { priority } = entry.job;
      const ready = this.#ready.get(priority);
      if (ready) ready.add(entry);
      else this.#ready.set(priority, new Set([entry]));
    }
    this.wake();
  }

  #await(entry: Entry, until: number): void {
    entry.until = until;
    this.#timed.add(entry);
    this.#nextAt = Math.min(this.#nextAt, until);
  }

  #comeDue(): void {
    const now = this.#clock.wallTime();
    if (now < this.#nextAt) return;
    this.#nextAt = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#timed]) {
      if (entry.until > now) this.#nextAt = Math.min(this.#nextAt, entry.until);
      else if (entry.isUnwanted) this.end(entry, "cancelled");
      else this.again(entry, 0);
    }
  }

  #first(max: number): readonly Entry[] {
    const first: Entry[] = [];
    const priorities = [...this.#ready.keys()].sort((a, b) => b - a);
    for (const priority of priorities) {
      const ready = this.#ready.get(priority);
      for (const entry of ready ?? []) {
        if (first.length === max) return first;
        first.push(entry);
        ready?.delete(entry);
      }
      if (ready?.size === 0) this.#ready.delete(priority);
    }
    return first;
  }

  /** Resolves when something may be there, or nothing is wanted any more. */
  #untilOffered(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#sleepers.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    const ms = Math.max(0, Math.ceil(this.#nextAt - this.#clock.wallTime()));
    const cancelTimer =
      this.#nextAt === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(wake, ms, `jobs "${this.name}": next one`);
    return promise.finally(() => {
      this.#sleepers.delete(wake);
      signal.removeEventListener("abort", wake);
      cancelTimer?.();
    });
  }
}
