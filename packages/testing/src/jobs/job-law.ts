import { Jobs, type JobsOptions } from "@pawl/jobs";
import type { JobStore } from "@pawl/jobs/extend";
import type { Kernel, KernelConfig, Service } from "@pawl/kernel";
import { becomesWithin } from "../laws/becomes-within.ts";
import { withKernels } from "../laws/with-kernels.ts";

/** A transaction on a connection of its own. */
export interface OpenTransaction {
  /** What `enqueue(…, { transaction })` is given. */
  readonly connection: object;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A place for jobs that is empty, for one law. */
export interface JobStoreSetup {
  /** One more store on the same place, as another process has it. */
  store(): JobStore;
  /** Begins a transaction of the database; left out for a store that has none. */
  readonly begin?: () => Promise<OpenTransaction>;
}

/** Something that is so with every store. */
export interface JobStoreLaw {
  readonly name: string;
  /** In real time; a few seconds at most. @throws AssertionError where it does not hold, as a rejection */
  run(setup: JobStoreSetup): Promise<void>;
}

/** What a law is carried out with. */
export interface LawTools {
  readonly setup: JobStoreSetup;
  /** Starts a kernel with a store of its own and these services; it is stopped after the law. */
  start<S extends Service>(service: S, config?: KernelConfig & JobsOptions): Promise<Started<S>>;
}

interface Started<S> {
  readonly kernel: Kernel;
  readonly jobs: Jobs;
  readonly service: S;
  /** What went to `onError`. */
  readonly errors: readonly unknown[];
}

export function law(name: string, carryOut: (tools: LawTools) => Promise<void>): JobStoreLaw {
  return {
    name,
    run: (setup) =>
      withKernels((startKernel) => {
        const start = async <S extends Service>(service: S, { keep, ...config }: KernelConfig & JobsOptions = {}) => {
          const errors: unknown[] = [];
          const jobs = new Jobs({ store: () => setup.store(), ...(keep === undefined ? {} : { keep }) });
          const onError = (error: unknown) => void errors.push(error);
          const kernel = await startKernel({ onError, ...config, providers: { jobs, service } });
          return { kernel, jobs, service, errors };
        };
        return carryOut({ setup, start });
      }),
  };
}

/** Waits until `read` gives what is expected; at most 8 s. @throws AssertionError */
export const becomes: ReturnType<typeof becomesWithin> = becomesWithin(8_000);
