/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const jobErrorCodes = {
  PAWL_JOBS_BAD_URL: "no store for jobs goes by that URL",
  PAWL_JOBS_FULL: "the memory holds as many jobs as it may",
  PAWL_JOBS_POSTGRES: "Postgres cannot be used as the store for jobs: it is not there, or refuses",
  PAWL_JOBS_TAKEN: "a kernel has two services for jobs, or its jobs went to the memory before that had started",
  PAWL_JOB_INPUT: "an input does not fit the schema of its job, or cannot be written as JSON",
  PAWL_JOB_NOT_STORED: "the store has not taken a job",
  PAWL_JOB_TRANSACTION: "a job was to be stored in a transaction that its store cannot use",
} as const;

type JobErrorCodes = Record<keyof typeof jobErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends JobErrorCodes {}
}
