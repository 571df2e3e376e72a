import { deepEqual } from "node:assert/strict";
import { Jobs, type JobsOptions } from "@pawl/jobs";
import type { JobStore } from "@pawl/jobs/extend";
import { Kernel, type KernelConfig, type Service, systemClock } from "@pawl/kernel";

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
    async run(setup) {
      const kernels: Kernel[] = [];
      const start = async <S extends Service>(service: S, { keep, ...config }: KernelConfig & JobsOptions = {}) => {
        const errors: unknown[] = [];
        const jobs = new Jobs({ store: () => setup.store(), ...(keep === undefined ? {} : { keep }) });
        const kernel = new Kernel({
          onError: (error) => void errors.push(error),
          ...config,
          providers: { jobs, service },
        });
        kernels.push(kernel);
        await kernel.start();
        return { kernel, jobs, service, errors };
      };
      try {
        await carryOut({ setup, start });
      } finally {
        await Promise.allSettled(kernels.map((kernel) => kernel.stop()));
      }
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(resolve, ms);
  });
}

/** Waits until `read` gives what is expected; at most 8 s. @throws AssertionError */
export async function becomes(read: () => unknown, expected: unknown): Promise<void> {
  const until = systemClock.now() + 8_000;
  for (;;) {
    const value = await read();
    try {
      deepEqual(value, expected);
      return;
    } catch (error) {
      if (systemClock.now() > until) throw error;
    }
    await pause(5);
  }
}
