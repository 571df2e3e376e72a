import type { Handle, Schema, Service } from "@pawl/kernel";
import { isPromiseLike, LazyContext, type SignalSource, scopeOf } from "@pawl/kernel/extend";
import { LeasedWork, type LeasedWorkTold } from "@pawl/messages/extend";
import { JobInputError } from "./errors/job-errors.ts";
import { jobDeskOf } from "./job-desk.ts";
import { parseInput } from "./job-input.ts";
import type { CheckedJobOptions } from "./job-options.ts";
import type { LeasedJob } from "./store.ts";

/** What a handler gets second. */
export interface JobContext {
  /** The same at each try. */
  readonly id: string;
  readonly key: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the job is cancelled, a stop is out of patience, the timeout has passed, or the lease is lost. */
  readonly signal: AbortSignal;
  /** Tells how far it is, for those who look at the job: a fraction, or any JSON. */
  progress(value: unknown): void;
}

/** A job as a service has declared it, with its handler. */
export interface WorkedJob {
  readonly name: string;
  readonly schema: Schema;
  readonly handler: (input: unknown, context: JobContext) => unknown;
  readonly options: CheckedJobOptions;
}

/** What the handler of one try gets. */
class JobCall extends LazyContext implements JobContext {
  readonly id: string;
  readonly key: string | undefined;
  readonly attempt: number;
  readonly progress: (value: unknown) => void;

  constructor(source: SignalSource, item: LeasedJob, tell: (item: LeasedJob, value: unknown) => void) {
    super(source);
    this.id = item.id;
    this.key = item.job.key;
    this.attempt = item.attempt;
    this.progress = (value) => tell(item, value);
  }
}

/** Works on jobs in the run that `service` has now. */
export function workOn(service: Service, { name, schema, handler, options }: WorkedJob): Handle {
  const scope = scopeOf(service, "job");
  const { facts, path } = scope;
  const desk = jobDeskOf(service.app);
  const { retries, backoff, timeoutMs, concurrency, leaseMs, activity } = options;
  const tried = ({ id, attempt }: LeasedJob) => ({ path, name, id, attempt });
  const told: LeasedWorkTold<LeasedJob> = {
    started: (item) => facts.wants("job.started") && facts.record("job.started", tried(item)),
    ended: (item, ms, failure) =>
      facts.wants("job.ended") && facts.record("job.ended", { ...tried(item), ms, ...failure }),
    retried: (item, ms, error) => facts.record("job.retried", { ...tried(item), ms, error }),
    dead: (item, error) => facts.record("job.dead", { ...tried(item), error }),
  };
  const tellProgress = (item: LeasedJob, value: unknown) => {
    const failed = (error: unknown) => scope.report(error, { path, label: `progress of job "${name}"` });
    try {
      const kept = item.progress(JSON.stringify(value) ?? "null");
      if (kept) void kept.catch(failed);
    } catch (error) {
      failed(error);
    }
    if (facts.wants("job.progress")) facts.record("job.progress", { ...tried(item), progress: value });
  };
  /** What a handler has thrown whose job is not wanted any more is told by that. */
  const gaveUp = async (item: LeasedJob, error: unknown) => {
    if (item.isCancelled) {
      await item.cancelled();
      facts.record("job.cancelled", { path, name, id: item.id });
    }
    throw error;
  };
  const work = new LeasedWork<LeasedJob>(scope, {
    service,
    kind: "job",
    label: name,
    open: (signal) => desk.source({ name, leaseMs, concurrency }, signal),
    work(item, source) {
      const context = new JobCall(source, item, tellProgress);
      const call = (input: unknown) => handler.call(service, input, context);
      const input = parseInput(name, schema, item.job.input);
      const result = isPromiseLike(input) ? input.then(call) : call(input);
      return isPromiseLike(result) ? result.then(undefined, (error: unknown) => gaveUp(item, error)) : result;
    },
    carrier:
      ({ job }) =>
      (header) =>
        job.headers[header],
    isFinal: (error) => error instanceof JobInputError && error.job === name,
    settings: {
      concurrency,
      attempts: retries + 1,
      backoff,
      timeout: timeoutMs,
      onError: activity.onError ?? "report",
      signal: activity.signal,
    },
    told,
  });
  desk.workers.add(work);
  void work.over.then(() => desk.workers.delete(work));
  return work;
}
