import {
  controlSocketPath,
  createLogger,
  logErrors,
  logLifecycle,
  main,
  programVersion,
  programVersionNumber,
  withoutAdmin,
} from "@pawl/cli";
import { type FlightOptions, FlightRecorder, snapshotLines } from "@pawl/diagnostics";
import { type HttpConfig, type HttpOptions, HttpParts } from "@pawl/http";
import { expectJobs } from "@pawl/jobs/extend";
import { Kernel, type KernelConfig, NotRunningError, PawlTypeError, type Providers } from "@pawl/kernel";
import { expectMessages } from "@pawl/messages/extend";
import { type JobsConfig, withJobs } from "./jobs-provider.ts";
import { logRetries } from "./log-retries.ts";
import { type MessagesConfig, withMessages } from "./messages-provider.ts";

// `any` makes `App` without arguments mean "whatever its providers are", as for Kernel.
/** What an app is made of. Without `logger` it has that of `createLogger()`, without `onError` errors go to the logger. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AppConfig<P extends Providers = any> = KernelConfig<P> &
  HttpConfig &
  ControlConfig &
  DiagnosticsConfig &
  JobsConfig &
  MessagesConfig;

/** How the `pawl` command reaches an app. */
export interface ControlConfig {
  /**
   * Whether it has a control socket, which this user alone can open. With `true` it does not start without one.
   *
   * @default under `main()` where there can be one, else none
   */
  readonly control?: boolean;
}

const adminVariable = {
  name: "PAWL_ADMIN_TOKEN",
  help: "Whoever sends it may administer the app over HTTP; 16 characters or more",
};

/** What an app keeps for when something goes wrong. */
export interface DiagnosticsConfig {
  /**
   * The flight recorder, which keeps the last facts; `false` for none. Under `run()` and `main()` it writes them to a file
   * when a run fails; `recorderOf(app)` gives it.
   *
   * @default the last 10 000, and files in os.tmpdir()
   */
  readonly recorder?: false | FlightOptions;
}

/**
 * A kernel with routes and a shell: what most programs start from.
 *
 * @example
 * const app = new App({ providers: { metrics: new Metrics() }, routes: [Dashboard], shell: AppShell });
 * await app.run(); // until SIGINT or SIGTERM, then everything stops in order
 */
// biome-ignore lint/suspicious/noExplicitAny: as for Kernel
export class App<const P extends Providers = any> extends Kernel<P> {
  readonly #config: AppConfig<P>;
  readonly #recorder: FlightRecorder | undefined;
  #http: HttpParts;
  /** One run is told once, however often it is asked for. */
  #run: Promise<void> | undefined;
  /** Whether the process is its own. */
  #isMain = false;
  /** What the command line and the environment say of HTTP. */
  #given: HttpOptions = {};

  /** @throws TypeError or RangeError for what cannot be right whatever the services do */
  constructor(config: AppConfig<P> = {}) {
    const logger =
      config.logger ?? createLogger({ name: config.name ?? "app", ...(config.clock && { clock: config.clock }) });
    if (config.control !== undefined && typeof config.control !== "boolean") {
      throw new PawlTypeError("PAWL_BAD_OPTION", "App({ control }): it must be true or false");
    }
    const http = new HttpParts(config, { version: programVersionNumber });
    const parts = {
      first: () => this.#http.parts.first?.(),
      controllers: () => this.#http.parts.controllers?.() ?? [],
      server: () => this.#http.parts.server?.(),
      onDiagnose: () => this.#diagnose(),
    };
    const onError = config.onError ?? logErrors(logger, { hasFlags: () => this.#isMain });
    const name = serves(config) ? { name: "http" } : {};
    const providers = withMessages({ ...(config as AppConfig), providers: withJobs(config as AppConfig) });
    super(
      { ...config, ...(providers && { providers: providers as AppConfig<P>["providers"] & {} }), logger, onError },
      { ...parts, ...name },
    );
    if (config.jobs !== undefined) expectJobs(this as Kernel, "jobs");
    if (config.messages !== undefined) expectMessages(this as Kernel, "messages");
    this.#config = config;
    this.#recorder = config.recorder === false ? undefined : new FlightRecorder(this as Kernel, config.recorder);
    this.#http = http;
    this.#adopt(http);
  }

  /** Where it is reached by its port. @throws NotRunningError while it does not */
  get url(): URL {
    const url = this.#http.server?.url;
    if (url) return url;
    throw new NotRunningError(
      `${this.name}: it listens on no port while it is ${this.state}; it does when start() has resolved, unless it has no routes, only a socket, or http is false. app.fetch() serves without a port`,
    );
  }

  /** Every address that it listens on, as a URL: `http://127.0.0.1:3000`, `unix:/run/shop.sock`; none where it does not. */
  get addresses(): readonly string[] {
    return this.#http.server?.addresses ?? [];
  }

  /** Whether it should be sent requests: false from the moment it begins to stop, though it still answers for a while. */
  get isReady(): boolean {
    return this.#http.server?.isReady === true;
  }

  /**
   * Answers a request without a port, in this process; with 503 while the app does not run. A path alone counts from
   * `http://localhost`.
   *
   * @example
   * const response = await app.fetch("/dashboard", { headers: { accept: "text/html" } });
   */
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response> {
    if (request instanceof Request && !init) return this.#http.fetch(request);
    const input = typeof request === "string" ? new URL(request, "http://localhost") : request;
    return this.#http.fetch(new Request(input, init));
  }

  /**
   * As a kernel's, and says in the log what starts, where it listens, what stops in which order, and who is late. At each
   * SIGUSR2 it says what it is doing right now.
   */
  override run(): Promise<void> {
    this.#run ??= this.#loggedRun().finally(() => {
      this.#run = undefined;
    });
    return this.#run;
  }

  async #loggedRun(): Promise<void> {
    const unobserve = logLifecycle(this as Kernel, this.log, this.#config.clock);
    const stopTelling = logRetries(this as Kernel, this.log);
    const stopWriting = this.#recorder?.writeOnFailure();
    try {
      await super.run();
    } finally {
      stopWriting?.();
      stopTelling();
      unobserve();
    }
  }

  /** Says in the log what it holds and does, and has the flight record written. */
  #diagnose(): void {
    const lines = snapshotLines(withoutAdmin(this.inspect()), Date.now());
    this.log.info(`what it is doing (SIGUSR2):\n${lines.join("\n")}`);
    this.#recorder?.write(undefined, "SIGUSR2");
  }

  /**
   * The whole program: reads the command line and the environment, gives the services their options, runs the app, and
   * ends the process with the exit code of `run()`, or with 2 where a flag or an option is wrong. `-h` lists them all.
   *
   * @param argv the arguments of the program, without Node and its file
   * @example
   * await new App({ providers: { clock: Clock } }).main(); // node main.ts --clock-every 2
   */
  main(argv: readonly string[] = process.argv.slice(2)): Promise<never> {
    const { http } = this.#config;
    const listens = serves(this.#config) && http !== false;
    this.#isMain = true;
    this.#adopt(this.#http);
    return main(this as Kernel, argv, {
      name: serves(this.#config) ? "http" : undefined,
      http: listens ? http || {} : undefined,
      variables: listens ? [adminVariable] : [],
      configure: (variable) => {
        const adminToken = variable(adminVariable.name);
        if (adminToken !== undefined && listens) this.#configureHttp({ adminToken });
      },
      configureHttp: (settings) => this.#configureHttp(settings),
    });
  }

  #configureHttp(settings: HttpOptions): void {
    const { http } = this.#config;
    this.#given = { ...this.#given, ...settings };
    const config = { ...this.#config, http: { ...(http || {}), ...this.#given } };
    this.#http = new HttpParts(config, { version: programVersionNumber });
    this.#adopt(this.#http);
  }

  #adopt(http: HttpParts): void {
    const { control = this.#isMain, name = "app" } = this.#config;
    const recorder = this.#recorder;
    http.serve(this as Kernel);
    http.administer({
      version: programVersion,
      record: recorder && (() => recorder.write()),
      control: control ? { path: () => controlSocketPath(name), required: this.#config.control === true } : undefined,
    });
  }
}

/** Whether an app has anything to answer with. */
function serves({ routes, http }: HttpConfig): boolean {
  return routes !== undefined || Boolean(http);
}
