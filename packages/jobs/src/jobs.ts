import { type Duration, milliseconds, NotRunningError, PawlTypeError, Service } from "@pawl/kernel";
import { addFigures, kernelScope, scopeOf } from "@pawl/kernel/extend";
import { defaultKeepMs, jobDeskOf } from "./job-desk.ts";
import { decodeInput } from "./job-input.ts";
import type { JobFigures, JobQuery, JobState, JobStore, StoredJob } from "./store.ts";
import { storeOf } from "./store-of.ts";

export interface JobsOptions {
  /** Where jobs are kept: `memory:`, `sqlite:./data/app.db`, `postgres://127.0.0.1:5432/app`. @default "memory:" */
  readonly url?: string;
  /** A store instead; called once for each start. */
  readonly store?: () => JobStore;
  /** How long jobs are kept that are done or cancelled; dead ones are kept until they are retried or discarded. @default "1d" */
  readonly keep?: Duration;
}

/** A job as it stands. Times are in milliseconds since 1970. */
export interface JobInfo {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly key: string | undefined;
  readonly priority: number;
  readonly input: unknown;
  /** How many tries have begun. */
  readonly attempts: number;
  /** What its handler has told last. */
  readonly progress: unknown;
  /** The owner path of who has enqueued it. */
  readonly source: string;
  readonly enqueuedAt: number;
  /** It is not worked on before; of one that has failed, its next try. */
  readonly dueAt: number;
  readonly endedAt: number | undefined;
  /** The message of the error of its last try that has failed. */
  readonly error: string | undefined;
}

/**
 * Keeps the jobs of an app: what `job` of its services enqueues and works on. List it first, so that it starts before and
 * stops after who uses it.
 *
 * @example
 * const kernel = new Kernel({ providers: { jobs: new Jobs({ url: "memory:" }), mailer: new Mailer() } });
 */
export class Jobs extends Service {
  readonly #make: () => Promise<JobStore>;
  readonly #keepMs: number;
  #store: JobStore | undefined;

  /** @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION` */
  constructor({ url = "memory:", store, keep }: JobsOptions = {}) {
    super();
    if (typeof url !== "string") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `new Jobs({ url }): it must be a text, not ${String(url)}`);
    }
    this.#make = store ? async () => store() : () => storeOf(url);
    this.#keepMs = keep === undefined ? defaultKeepMs : milliseconds(keep, "new Jobs({ keep })");
    addFigures(this, "store", () => this.#store?.name ?? "none");
  }

  override async onStart(): Promise<void> {
    const { path } = scopeOf(this, "onStart");
    const { app } = this;
    const { clock, report } = kernelScope(app);
    const store = await this.#make();
    await store.open({
      clock,
      app: app.name,
      keepMs: this.#keepMs,
      report: (error) => report(error, { path, label: store.name }),
    });
    this.own(store, () => store.close());
    this.#store = store;
    const letGo = jobDeskOf(app).hold({ path, store });
    this.addCleanup(() => {
      letGo();
      this.#store = undefined;
    });
  }

  /** A job by its id; undefined where none is known. @throws NotRunningError */
  async get(id: string): Promise<JobInfo | undefined> {
    const found = await this.#current.get(id);
    return found && infoOf(found);
  }

  /** Jobs, oldest first; 100 unless `limit` says otherwise. @throws NotRunningError */
  async list(query: JobQuery = {}): Promise<readonly JobInfo[]> {
    return (await this.#current.list(query)).map(infoOf);
  }

  /**
   * Cancels a job: one that waits is dropped; the signal of one that runs is aborted, at once in this app, at the next
   * heartbeat of its lease in another process. Gives whether it was waiting or running. @throws NotRunningError
   */
  async cancel(id: string): Promise<boolean> {
    const store = this.#current;
    const cancelled = await store.cancel(id);
    if (cancelled === "asked") await Promise.all([...jobDeskOf(this.app).workers].map((work) => work.recheck(id)));
    if (cancelled === "dropped") {
      const { facts } = kernelScope(this.app);
      const name = facts.wants("job.cancelled") ? (await store.get(id))?.name : undefined;
      if (name !== undefined) facts.record("job.cancelled", { path: this.path, name, id });
    }
    return cancelled !== undefined;
  }

  /**
   * Lets dead jobs be worked on again, as if for the first time; gives how many. @throws NotRunningError
   *
   * @example
   * await this.service("jobs").retry({ name: "email.send" });
   */
  async retry(query: Omit<JobQuery, "state"> = {}): Promise<number> {
    return this.#current.retry(query);
  }

  /** Drops jobs that are dead, done or cancelled; gives how many. @throws NotRunningError */
  async discard(query: JobQuery): Promise<number> {
    return this.#current.discard(query);
  }

  /** What there is of each name. @throws NotRunningError */
  async queues(): Promise<readonly JobFigures[]> {
    return this.#current.queues();
  }

  get #current(): JobStore {
    if (this.#store) return this.#store;
    throw new NotRunningError(`${this.path}: jobs are kept while it runs`, { path: this.path });
  }
}

function infoOf({ headers: _, input, progress, ...rest }: StoredJob): JobInfo {
  return {
    ...rest,
    input: decodeInput(rest.name, input),
    progress: progress === undefined ? undefined : (JSON.parse(progress) as unknown),
  };
}
