import { Jobs, type JobsOptions } from "@pawl/jobs";
import type { Providers } from "@pawl/kernel";
import { withFirst } from "./first-provider.ts";

/** Where an app keeps its jobs. */
export interface JobsConfig {
  /**
   * Where the jobs of services are kept: a URL, as `"sqlite:./data/app.db"`, or the options of `Jobs`. It adds the provider
   * `jobs`, which starts before those of the program; `JOBS_URL` and `--jobs-url` say otherwise.
   *
   * @default none: they are kept in memory
   */
  readonly jobs?: string | JobsOptions;
}

const added = { name: "jobs", make: (options: JobsOptions) => new Jobs(options) };

/** The providers of an app, the one for jobs first. @throws TypeError `PAWL_BAD_OPTION` */
export function withJobs({
  jobs,
  providers,
}: JobsConfig & { readonly providers?: Providers | undefined }): Providers | undefined {
  return withFirst(added, jobs, providers);
}
