import { messageOf } from "@pawl/kernel/extend";
import type { LeaseSource } from "@pawl/messages/extend";
import { JobsFullError, JobTransactionError } from "../errors/job-errors.ts";
import type {
  JobFigures,
  JobQuery,
  JobStore,
  JobStoreContext,
  LeasedJob,
  NewJob,
  StoredJob,
  WorkerSpec,
} from "../store.ts";
import { type Entry, MemoryQueue, storedJob } from "./memory-queue.ts";

/** How many jobs may be there that are not worked off. */
const capacity = 100_000;
/** How many are kept that are done or cancelled. */
const mostKept = 10_000;

/** Keeps jobs for as long as the process lives: everything of a store but that they outlive it. */
export class MemoryStore implements JobStore {
  readonly name = "memory";
  readonly #jobs = new Map<string, Entry>();
  readonly #queues = new Map<string, MemoryQueue>();
  /** Those that are done or cancelled, oldest first. */
  readonly #kept = new Set<Entry>();
  #context!: JobStoreContext;

  async open(context: JobStoreContext): Promise<void> {
    this.#context = context;
  }

  async close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.wake();
  }

  async add(job: NewJob, transaction?: unknown): Promise<boolean> {
    if (transaction !== undefined) throw new JobTransactionError("the memory has no transactions");
    this.#forget();
    if (this.#jobs.has(job.id)) return false;
    if (this.#jobs.size - this.#kept.size >= capacity) throw new JobsFullError(capacity);
    const entry: Entry = {
      job,
      state: "waiting",
      attempts: 0,
      until: job.dueAt,
      lease: 0,
      isUnwanted: false,
      progress: undefined,
      endedAt: undefined,
      error: undefined,
    };
    this.#jobs.set(job.id, entry);
    this.#queue(job.name).add(entry);
    return true;
  }

  async source({ name, leaseMs }: WorkerSpec): Promise<LeaseSource<LeasedJob>> {
    const queue = this.#queue(name);
    return {
      leaseMs,
      take: async (max, signal) => {
        const entries = await queue.take(max, leaseMs, signal);
        return entries.map((entry) => this.#leased(queue, entry, leaseMs));
      },
      async close() {},
    };
  }

  async get(id: string): Promise<StoredJob | undefined> {
    const entry = this.#jobs.get(id);
    return entry && storedJob(entry);
  }

  async list(query: JobQuery): Promise<readonly StoredJob[]> {
    return this.#find(query, 100).map(storedJob);
  }

  async cancel(id: string): Promise<"dropped" | "asked" | undefined> {
    const entry = this.#jobs.get(id);
    if (entry?.state === "running") {
      entry.isUnwanted = true;
      return "asked";
    }
    if (entry?.state !== "waiting") return undefined;
    this.#end(entry, "cancelled");
    return "dropped";
  }

  async retry(query: JobQuery): Promise<number> {
    const found = this.#find({ ...query, state: "dead" });
    for (const entry of found) {
      const { job } = entry;
      const queue = this.#queue(job.name);
      queue.dead--;
      Object.assign(entry, { state: "waiting", attempts: 0, until: 0, endedAt: undefined, progress: undefined });
      queue.add(entry);
    }
    return found.length;
  }

  async discard(query: JobQuery): Promise<number> {
    const found = this.#find(query).filter(({ endedAt }) => endedAt !== undefined);
    for (const entry of found) this.#drop(entry);
    return found.length;
  }

  async queues(): Promise<readonly JobFigures[]> {
    const used = new Set([...this.#jobs.values()].map(({ job }) => job.name));
    return [...this.#queues.values()].filter(({ name }) => used.has(name)).map((queue) => queue.figures());
  }

  #queue(name: string): MemoryQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    const made = new MemoryQueue(name, this.#context.clock, (entry) => {
      if (entry.state !== "dead") this.#kept.add(entry);
    });
    this.#queues.set(name, made);
    return made;
  }

  #find({ name, state, ids, limit }: JobQuery, most = Number.POSITIVE_INFINITY): Entry[] {
    const entries = ids ? ids.flatMap((id) => this.#jobs.get(id) ?? []) : [...this.#jobs.values()];
    return entries
      .filter((entry) => (name === undefined || entry.job.name === name) && (!state || entry.state === state))
      .slice(0, limit ?? most);
  }

  #end(entry: Entry, state: "done" | "dead" | "cancelled"): void {
    this.#queue(entry.job.name).end(entry, state);
    this.#forget();
  }

  /** Drops those that were kept for long enough. */
  #forget(): void {
    const { clock, keepMs } = this.#context;
    const since = clock.wallTime() - keepMs;
    for (const entry of this.#kept) {
      if (this.#kept.size <= mostKept && (entry.endedAt ?? 0) > since) break;
      this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    const queue = this.#queue(entry.job.name);
    if (entry.state === "dead") queue.dead--;
    if (entry.state === "done") queue.done--;
    this.#kept.delete(entry);
    this.#jobs.delete(entry.job.id);
  }

  #leased(queue: MemoryQueue, entry: Entry, leaseMs: number): LeasedJob {
    const { job, attempts, lease } = entry;
    // Of this lease: once it has run out another one may have begun.
    const isHeld = () => entry.state === "running" && entry.lease === lease;
    return {
      id: job.id,
      job,
      attempt: attempts,
      get isCancelled() {
        return entry.isUnwanted;
      },
      done: () => void (isHeld() && this.#end(entry, "done")),
      cancelled: () => void (isHeld() && this.#end(entry, "cancelled")),
      dead: (error) => {
        if (!isHeld()) return;
        entry.error = messageOf(error);
        this.#end(entry, "dead");
      },
      retry: (ms, error) => {
        if (!isHeld()) return;
        entry.error = messageOf(error);
        if (entry.isUnwanted) this.#end(entry, "cancelled");
        else queue.again(entry, ms);
      },
      release: () => {
        if (!isHeld()) return;
        entry.attempts--;
        if (entry.isUnwanted) this.#end(entry, "cancelled");
        else queue.again(entry, 0);
      },
      extend: () => {
        if (!isHeld() || entry.isUnwanted) return false;
        queue.extend(entry, leaseMs);
        return true;
      },
      progress: (text) => {
        if (isHeld()) entry.progress = text;
      },
    };
  }
}
