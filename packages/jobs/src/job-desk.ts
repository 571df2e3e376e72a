import { type Kernel, NotRunningError } from "@pawl/kernel";
import { kernelScope, perKernel } from "@pawl/kernel/extend";
import { type LeasedWork, type LeaseSource, SourceRun } from "@pawl/messages/extend";
import { DeskSource } from "./desk-source.ts";
import { JobsTakenError } from "./errors/job-errors.ts";
import type { JobStore, LeasedJob, WorkerSpec } from "./store.ts";
import { MemoryStore } from "./stores/memory-store.ts";

/** How long jobs are kept that are done or cancelled, unless it is said otherwise: a day, in milliseconds. */
export const defaultKeepMs = 86_400_000;

/** Who keeps the jobs of a kernel, for as long as that runs. */
interface Holder {
  readonly path: string;
  readonly store: JobStore;
}

/** A store, from when it is held until it is let go. */
export class StoreRun extends SourceRun {
  readonly store: JobStore;

  constructor(store: JobStore) {
    super();
    this.store = store;
  }
}

/** The way from the services of one kernel to its store. */
export class JobDesk {
  /** Those who work on jobs in this kernel. */
  readonly workers: Set<LeasedWork<LeasedJob>> = new Set();
  readonly #kernel: Kernel;
  #holder: { readonly path: string; readonly run: StoreRun } | undefined;
  /** The service that has kept them once: they go nowhere else then. */
  #heldBy: string | undefined;
  #memory: Promise<StoreRun> | undefined;

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

  /**
   * Has jobs kept by a service of the kernel; gives its undo, which resolves when nobody takes from the store any more.
   *
   * @throws JobsTakenError
   */
  hold({ path, store }: Holder): () => Promise<void> {
    if (this.#holder || this.#memory) throw new JobsTakenError(path, this.#holder?.path);
    const run = new StoreRun(store);
    this.#holder = { path, run };
    this.#heldBy = path;
    return () => {
      this.#holder = undefined;
      return run.end();
    };
  }

  /** @throws NotRunningError, as a rejection, while the service that keeps jobs is down */
  async store(): Promise<JobStore> {
    return (await this.run()).store;
  }

  /** Where the jobs of one name come from: in the store that there is, and in the next one when that is let go. */
  async source(worker: WorkerSpec, signal: AbortSignal): Promise<LeaseSource<LeasedJob>> {
    const source = new DeskSource(this, worker);
    await source.join(signal);
    return source;
  }

  /** @throws NotRunningError, as a rejection, while the service that keeps jobs is down */
  async run(): Promise<StoreRun> {
    if (this.#holder) return this.#holder.run;
    if (this.#heldBy !== undefined) throw this.down();
    this.#memory ??= openMemory(this.#kernel);
    return this.#memory;
  }

  /** What is told while the service that keeps jobs is down. */
  down(): NotRunningError {
    const path = this.name;
    return new NotRunningError(`${path}: jobs are kept while it runs; list it first`, { path });
  }
}

async function openMemory(kernel: Kernel): Promise<StoreRun> {
  const { clock, name, report } = kernelScope(kernel);
  const store = new MemoryStore();
  await store.open({
    clock,
    app: name,
    keepMs: defaultKeepMs,
    report: (error) => report(error, { path: name, label: "jobs" }),
  });
  return new StoreRun(store);
}

/** The way to the store of `kernel`: that of its service for jobs, or else its memory. */
export const jobDeskOf: (kernel: Kernel) => JobDesk = perKernel((kernel) => new JobDesk(kernel));

/** Says that `kernel` has a provider for jobs, of that name: where it is left out of a start, no memory stands in for it. */
export function expectJobs(kernel: Kernel, name: string): void {
  jobDeskOf(kernel).expect(name);
}
