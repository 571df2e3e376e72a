import type { NotRunningError } from "@pawl/kernel";
import { LastingSource, type OpenedSource } from "@pawl/messages/extend";
import type { JobDesk } from "./job-desk.ts";
import type { LeasedJob, WorkerSpec } from "./store.ts";

/** The jobs of one name for one worker: outlives the store, and takes from the next one. */
export class DeskSource extends LastingSource<LeasedJob> {
  readonly #desk: JobDesk;
  readonly #worker: WorkerSpec;

  constructor(desk: JobDesk, worker: WorkerSpec) {
    super(worker.leaseMs);
    this.#desk = desk;
    this.#worker = worker;
  }

  protected override async open(): Promise<OpenedSource<LeasedJob>> {
    const run = await this.#desk.run();
    return { run, source: await run.store.source(this.#worker) };
  }

  protected override down(): NotRunningError {
    return this.#desk.down();
  }
}
