import {
  type Duration,
  type InferInput,
  type InferOutput,
  milliseconds,
  NotRunningError,
  PawlTypeError,
  RetryLater,
  type Schema,
  Service,
  type TickContext,
} from "@pawl/kernel";
import { checkCallback, inEveryRun, isoTime, isSchema, kernelScope } from "@pawl/kernel/extend";
import { JobNotStoredError, JobsFullError, JobTransactionError } from "./errors/job-errors.ts";
import { jobDeskOf } from "./job-desk.ts";
import { encodeInput, parseInput } from "./job-input.ts";
import { type CheckedJobOptions, checkJobOptions, checkPriority, type JobOptions } from "./job-options.ts";
import { type JobContext, workOn } from "./job-worker.ts";
import type { NewJob } from "./store.ts";

export interface EnqueueOptions {
  /** How long it waits at least. @default not at all */
  readonly delay?: Duration;
  /** Those of one key are worked on one at a time, in the order in which they were enqueued. @default what the job's `key` gives */
  readonly key?: string;
  /** Higher ones first; a whole number. @default that of the job */
  readonly priority?: number;
  /** While a job with this id is known, no second one is made. @default a random UUID */
  readonly id?: string;
  /**
   * The connection of a transaction in which it is stored: on SQLite a `DatabaseSync` on the same file, on Postgres a client
   * of `pg`. It is there when that has committed.
   */
  readonly transaction?: object;
}

/** The arguments of `enqueue`: the input, which may be left out where it may be undefined, and the options. */
export type EnqueueArgs<Input> = undefined extends Input
  ? [input?: Input, options?: EnqueueOptions]
  : [input: Input, options?: EnqueueOptions];

/** A job that a service can enqueue. */
export interface Job<Input = unknown> {
  readonly name: string;
  /**
   * Has it worked on by whoever has declared it with a handler, in whichever process. Resolves with its id when the store has
   * it; what becomes of it then is told where it is worked on. The input travels as JSON, and has to fit the schema as that.
   *
   * @throws JobInputError; JobNotStoredError, whose `id` makes a second call safe; JobTransactionError; JobsFullError;
   * TypeError or RangeError `PAWL_BAD_OPTION`; NotRunningError where there is no kernel, or no store; all as a rejection
   * @example
   * await this.sendMail.enqueue({ to: "ada@example.org" }, { delay: "5m" });
   */
  enqueue(...args: EnqueueArgs<Input>): Promise<string>;
}

/** What works on jobs: their input as the schema gives it, then the rest. It is called with the service as `this`. */
// biome-ignore lint/suspicious/noExplicitAny: of `unknown` TypeScript wants to know more, and a handler could not name the field that it belongs to
export type JobHandler<This, Parsed> = (this: This, input: Parsed, context: JobContext) => any;

/** How often a time of a pattern is tried whose job could not be stored. */
const cronTries = 5;

/**
 * Declares a job as a field of a service. With a handler the service works on it, in each of its runs, from when its
 * `onStart` has returned until its stop: that takes no more, and waits for those that run; what it has to cut short is given
 * back. Without one it only enqueues.
 *
 * Each job is worked on at least once. One that fails is tried again after a backoff, `retries` times, and is dead then,
 * which goes to `onError`; one whose process died is tried again when its lease has run out.
 *
 * @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * class Mailer extends Service {
 *   sendMail = job(this, "email.send", Mail, this.send, { concurrency: 4, key: ({ to }) => to });
 *
 *   async send({ to }: { to: string }, { signal }: JobContext) {
 *     await fetch(`https://mail.example.org/${to}`, { method: "POST", signal });
 *   }
 * }
 */
export function job<S extends Service, Sch extends Schema>(
  service: S,
  name: string,
  schema: Sch,
  handler: JobHandler<NoInfer<S>, InferOutput<Sch>>,
  options?: JobOptions<InferInput<Sch>, InferOutput<Sch>>,
): Job<InferInput<Sch>>;
/** One that is worked on by another service, maybe in another process. */
export function job<Sch extends Schema>(
  service: Service,
  name: string,
  schema: Sch,
  options?: JobOptions<InferInput<Sch>, InferOutput<Sch>>,
): Job<InferInput<Sch>>;
export function job(service: Service, name: string, schema: Schema, ...rest: readonly unknown[]): Job<never> {
  checkName(name);
  if (!isSchema(schema)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `job("${name}"): the third argument must be a Standard Schema (zod, valibot …)`,
    );
  }
  const [handler, given = {}] = (typeof rest[0] === "object" ? [undefined, rest[0]] : rest) as [unknown, JobOptions?];
  const options = checkJobOptions(given);
  if (handler !== undefined) checkCallback("job", handler, "fourth");
  const declared = new DeclaredJob(service, name, schema, options);
  inEveryRun(service, "job", () => {
    if (handler) workOn(service, { name, schema, options, handler: handler as JobHandler<unknown, unknown> });
    declared.beginCron();
  });
  return { name, enqueue: (input?: unknown, how?: EnqueueOptions) => declared.enqueue(input, how) };
}

class DeclaredJob {
  readonly #service: Service;
  readonly #name: string;
  readonly #schema: Schema;
  readonly #options: CheckedJobOptions;

  constructor(service: Service, name: string, schema: Schema, options: CheckedJobOptions) {
    this.#service = service;
    this.#name = name;
    this.#schema = schema;
    this.#options = options;
  }

  async enqueue(input: unknown, how: EnqueueOptions = {}): Promise<string> {
    const name = this.#name;
    const { delay, id = crypto.randomUUID(), priority = this.#options.priority, transaction } = how;
    checkText("id", id);
    checkText("key", how.key);
    checkPriority("enqueue", priority);
    const delayMs = delay === undefined ? 0 : milliseconds(delay, "enqueue(…, { delay })");
    const { app, path } = this.#service;
    const { clock, facts, traceHeaders } = kernelScope(app);
    const headers = traceHeaders();
    const text = encodeInput(name, input);
    const parsed = await parseInput(name, this.#schema, text);
    const key = how.key ?? this.#options.key?.(parsed);
    checkText("key", key);
    const now = clock.wallTime();
    const job: NewJob = {
      id,
      name,
      key: key as string | undefined,
      priority,
      dueAt: now + delayMs,
      enqueuedAt: now,
      source: path,
      headers,
      input: text,
    };
    const desk = jobDeskOf(app);
    let isNew: boolean;
    try {
      isNew = await (await desk.store()).add(job, transaction);
    } catch (error) {
      if (isToldAsItIs(error)) throw error;
      throw new JobNotStoredError(path, name, id, desk.name, error);
    }
    if (isNew && facts.wants("job.enqueued")) facts.record("job.enqueued", { path, name, id });
    return id;
  }

  beginCron(): void {
    const { cron } = this.#options;
    if (!cron) return;
    const { clock } = kernelScope(this.#service.app);
    const { pattern, timezone, input } = cron;
    let dueAt = 0;
    const enqueue = async ({ attempt }: TickContext) => {
      if (attempt === 1) dueAt = lastTime(pattern, clock.wallTime());
      try {
        await this.enqueue(input, { id: `${this.#name}@${isoTime(dueAt)}` });
      } catch (error) {
        if (error instanceof JobNotStoredError && attempt < cronTries) throw new RetryLater("5s");
        throw error;
      }
    };
    const options = { label: `job ${this.#name}`, ...(timezone === undefined ? {} : { timezone }) };
    Service.prototype.cron.call(this.#service, enqueue, pattern.pattern, options);
  }
}

/** The time of the pattern that has come last. A beat is late by a minute at most. */
function lastTime(pattern: { next(after: number): number }, now: number): number {
  let last = pattern.next(now - 61_000);
  for (let next = pattern.next(last); next <= now; next = pattern.next(last)) last = next;
  return last;
}

function isToldAsItIs(error: unknown): boolean {
  return error instanceof NotRunningError || error instanceof JobsFullError || error instanceof JobTransactionError;
}

/** @throws TypeError `PAWL_BAD_OPTION` */
function checkName(name: unknown): void {
  if (typeof name === "string" && /^[\w.-]{1,100}$/.test(name)) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `job(): ${JSON.stringify(name)} cannot be the name of a job; it has letters, digits, ".", "_" and "-" only, up to 100`,
  );
}

/** @throws TypeError `PAWL_BAD_OPTION` */
function checkText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `enqueue(…, { ${option} }): it must be a text that is not empty, not ${JSON.stringify(value)}`,
  );
}
