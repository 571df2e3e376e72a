import { type ActivityOptions, type BackoffOptions, type Duration, milliseconds, PawlTypeError } from "@pawl/kernel";
import { type Backoff, backoffOf, CronPattern, checkOptions } from "@pawl/kernel/extend";
import { checkCount } from "@pawl/messages/extend";

/** When a job is enqueued by the clock. */
export interface JobCron<Input = unknown> {
  /** `"30 3 * * *"`, `"@hourly"`; with six fields the first are seconds. */
  readonly pattern: string;
  /** An IANA name, such as `"Europe/Berlin"`. @default that of the machine */
  readonly timezone?: string;
  /** What is enqueued. @default nothing */
  readonly input?: Input;
}

export interface JobOptions<Input = unknown, Parsed = unknown> extends Omit<ActivityOptions, "label"> {
  /** How often a job is tried again that has failed, before it is dead. @default 5 */
  readonly retries?: number;
  /** How long a failed job waits before its next try. @default { initial: "1s", max: "1m", factor: 2, jitter: 0.5 } */
  readonly backoff?: BackoffOptions | Duration | false;
  /** Aborts the signal of a try after this long, which is how the try fails. @default none */
  readonly timeout?: Duration;
  /** How many jobs are worked on at once in this process. @default 1 */
  readonly concurrency?: number;
  /** Of an input: those of one key are worked on one at a time, in the order in which they were enqueued. @default none */
  readonly key?: (input: Parsed) => string | undefined;
  /** Higher ones are worked on first; a whole number. @default 0 */
  readonly priority?: number;
  /**
   * Enqueues a job at the times of a pattern, once for all processes that have it: its id is `name@time`, the time as
   * ISO 8601.
   */
  readonly cron?: string | JobCron<Input>;
  /**
   * How soon a job is worked on again whose process has died. It is extended at a third of it for as long as the handler
   * runs; 1 s or more. @default "30s"
   */
  readonly lease?: Duration;
}

/** The options of a job, checked and with defaults; lengths in milliseconds. */
export interface CheckedJobOptions {
  readonly retries: number;
  readonly backoff: Backoff;
  readonly timeoutMs: number | undefined;
  readonly concurrency: number;
  readonly key: ((input: unknown) => unknown) | undefined;
  readonly priority: number;
  readonly cron:
    | { readonly pattern: CronPattern; readonly timezone: string | undefined; readonly input: unknown }
    | undefined;
  readonly leaseMs: number;
  readonly activity: Omit<ActivityOptions, "label">;
}

/** @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION` */
export function checkJobOptions(options: JobOptions): CheckedJobOptions {
  checkOptions("job", options);
  const { retries = 5, timeout, concurrency = 1, key, priority = 0, cron, lease = "30s", onError, signal } = options;
  checkCount("job(…, { retries })", retries, 0);
  checkCount("job(…, { concurrency })", concurrency, 1);
  checkPriority("job", priority);
  if (key !== undefined && typeof key !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `job(…, { key }): it must be a function of the input, not ${typeof key}`,
    );
  }
  const leaseMs = milliseconds(lease, "job(…, { lease })");
  checkCount("job(…, { lease }), in milliseconds", Math.ceil(leaseMs), 1_000);
  return {
    retries,
    backoff: backoffOf(options.backoff ?? { initial: "1s", max: "1m" }, "job(…, { backoff })"),
    timeoutMs: timeout === undefined ? undefined : milliseconds(timeout, "job(…, { timeout })"),
    concurrency,
    key: key as CheckedJobOptions["key"],
    priority,
    cron: cron === undefined ? undefined : cronOf(cron),
    leaseMs,
    activity: { ...(onError === undefined ? {} : { onError }), ...(signal === undefined ? {} : { signal }) },
  };
}

/** @throws TypeError or RangeError `PAWL_BAD_OPTION` */
export function checkPriority(method: string, priority: unknown): asserts priority is number {
  checkCount(`${method}(…, { priority })`, priority, -1_000_000);
}

/** @throws TypeError `PAWL_BAD_OPTION` */
function cronOf(cron: string | JobCron): CheckedJobOptions["cron"] {
  if (typeof cron === "string")
    return { pattern: new CronPattern(cron, undefined), timezone: undefined, input: undefined };
  if (typeof cron !== "object" || cron === null) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "job(…, { cron }): it must be a pattern or { pattern, timezone, input }",
    );
  }
  const { pattern, timezone, input } = cron;
  return { pattern: new CronPattern(pattern, timezone), timezone, input };
}
