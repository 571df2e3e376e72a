// Declaring, enqueuing and working
export { type EnqueueArgs, type EnqueueOptions, type Job, type JobHandler, job } from "./job.ts";
export type { JobCron, JobOptions } from "./job-options.ts";
export type { JobContext } from "./job-worker.ts";

// The service that keeps them
export { type JobInfo, Jobs, type JobsOptions } from "./jobs.ts";
export type { JobFigures, JobQuery, JobState } from "./store.ts";

// Facts and errors
export { jobErrorCodes } from "./errors/job-error-codes.ts";
export {
  JobInputError,
  JobNotStoredError,
  JobsFullError,
  JobsTakenError,
  JobsUrlError,
  JobTransactionError,
} from "./errors/job-errors.ts";
export type { JobFacts, JobTry } from "./job-facts.ts";
