import { type Kernel, NotRunningError } from "@pawl/kernel";
import { kernelScope } from "@pawl/kernel/extend";
import type { LeasedWork } from "@pawl/messages/extend";
import { JobsTakenError } from "./errors/job-errors.ts";
import type { JobStore, LeasedJob } from "./store.ts";
import { MemoryStore } from "./stores/memory-store.ts";

/** How long jobs are kept that are done or cancelled, unless it is said otherwise: a day, in milliseconds. */
export const defaultKeepMs = 86_400_000;

/** Who keeps the jobs of a kernel, for as long as that runs. */
interface Holder {
  readonly path: string;
  readonly store: JobStore;
}

/** The way from the services of one kernel to its store. */
export class JobDesk {
  /** Those who work on jobs in this kernel. */
  readonly workers: Set<LeasedWork<LeasedJob>> = new Set();
  readonly #kernel: Kernel;
  #holder: Holder | undefined;
  /** The service that has kept them once: they go nowhere else then. */
  #heldBy: string | undefined;
  #memory: Promise<JobStore> | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Who keeps the jobs, for errors. */
  get name(): string {
    return this.#heldBy ?? "memory";
  }

  /** Says who will keep them: until that has started they go nowhere. */
  expect(name: string): void {
    this.#heldBy = name;
  }

  /** Has jobs kept by a service of the kernel; gives its undo. @throws JobsTakenError */
  hold(holder: Holder): () => void {
    if (this.#holder || this.#memory) throw new JobsTakenError(holder.path, this.#holder?.path);
    this.#holder = holder;
    this.#heldBy = holder.path;
    return () => {
      if (this.#holder === holder) this.#holder = undefined;
    };
  }

  /** @throws NotRunningError, as a rejection, while the service that keeps jobs is down */
  async store(): Promise<JobStore> {
    if (this.#holder) return this.#holder.store;
    const path = this.#heldBy;
    if (path !== undefined) throw new NotRunningError(`${path}: jobs are kept while it runs; list it first`, { path });
    this.#memory ??= openMemory(this.#kernel);
    return this.#memory;
  }
}

async function openMemory(kernel: Kernel): Promise<JobStore> {
  const { clock, name, report } = kernelScope(kernel);
  const store = new MemoryStore();
  await store.open({
    clock,
    app: name,
    keepMs: defaultKeepMs,
    report: (error) => report(error, { path: name, label: "jobs" }),
  });
  return store;
}

const desks = new WeakMap<Kernel, JobDesk>();

/** The way to the store of `kernel`: that of its service for jobs, or else its memory. */
export function jobDeskOf(kernel: Kernel): JobDesk {
  const known = desks.get(kernel);
  if (known) return known;
  const made = new JobDesk(kernel);
  desks.set(kernel, made);
  return made;
}

/** Says that `kernel` has a provider for jobs, of that name: where it is left out of a start, no memory stands in for it. */
export function expectJobs(kernel: Kernel, name: string): void {
  jobDeskOf(kernel).expect(name);
}
