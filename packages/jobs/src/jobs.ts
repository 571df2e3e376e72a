import { type Duration, milliseconds, NotRunningError, PawlTypeError, Service, type WithOptions } from "@pawl/kernel";
import { addFigures, kernelScope, scopeOf } from "@pawl/kernel/extend";
import { AskedFigures } from "@pawl/messages/extend";
import { defaultKeepMs, jobDeskOf } from "./job-desk.ts";
import { decodeInput } from "./job-input.ts";
import { idInput, jobsSettings, queryInput } from "./jobs-schemas.ts";
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

/** A service with the options that the environment and the command line give: `JOBS_URL`, `--jobs-url`. */
const Configurable: WithOptions<typeof Service, typeof jobsSettings> = Service.with({
  options: jobsSettings,
  // It may hold a password.
  secret: ["url"],
});

/**
 * Keeps the jobs of an app: what `job` of its services enqueues and works on. List it first, so that it starts before and
 * stops after who uses it.
 *
 * @example
 * const kernel = new Kernel({ providers: { jobs: new Jobs({ url: "memory:" }), mailer: new Mailer() } });
 */
export class Jobs extends Configurable {
  readonly #given: JobsOptions;
  #store: JobStore | undefined;

  /** @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION` */
  constructor(given: JobsOptions = {}) {
    super();
    const { url, keep } = given;
    if (url !== undefined && typeof url !== "string") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `new Jobs({ url }): it must be a text, not ${String(url)}`);
    }
    if (keep !== undefined) milliseconds(keep, "new Jobs({ keep })");
    this.#given = given;
    addFigures(this, "store", () => this.#store?.name ?? "none");
    const queues = new AskedFigures<JobFigures>();
    addFigures(this, "queues", () =>
      this.#store ? queues.read(kernelScope(this.app).clock, () => this.queues()) : [],
    );
    this.#declareActions();
  }

  override async onStart(): Promise<void> {
    const { path } = scopeOf(this, "onStart");
    const { app, options } = this;
    const { url = "memory:", keep, store: make } = { ...this.#given, ...options };
    const { clock, report } = kernelScope(app);
    const store = make && options.url === undefined ? make() : await storeOf(url);
    await store.open({
      clock,
      app: app.name,
      keepMs: keep === undefined ? defaultKeepMs : milliseconds(keep, `${path}: keep`),
      report: (error) => report(error, { path, label: store.name }),
    });
    this.own(store, () => store.close());
    this.#store = store;
    const letGo = jobDeskOf(app).hold({ path, store });
    this.addCleanup(() => {
      this.#store = undefined;
      return letGo();
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

  /** What `pawl jobs` and other transports call; for who administers the app. */
  #declareActions(): void {
    const admin = { admin: true } as const;
    this.action(() => this.queues(), { ...admin, name: "queues", description: "The jobs of each name, in numbers." });
    this.action(queryInput, (query) => this.list(query), {
      ...admin,
      name: "list",
      description: "Jobs, oldest first: of a name, in a state, with these ids.",
    });
    this.action(idInput, ({ id }) => this.cancel(id), {
      ...admin,
      name: "cancel",
      description: "Cancels a job that waits or runs; gives whether there was one.",
    });
    this.action(queryInput, (query) => this.retry(query), {
      ...admin,
      name: "retry",
      description: "Lets dead jobs be worked on again; gives how many.",
    });
    this.action(queryInput, (query) => this.discard(query), {
      ...admin,
      name: "discard",
      description: "Drops jobs that have ended; gives how many.",
    });
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
