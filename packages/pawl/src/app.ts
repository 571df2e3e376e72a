import { createLogger, logErrors, logLifecycle, main } from "@pawl/cli";
import { type HttpConfig, HttpParts } from "@pawl/http";
import { Kernel, type KernelConfig, NotRunningError, type Providers } from "@pawl/kernel";

// `any` makes `App` without arguments mean "whatever its providers are", as for Kernel.
/** What an app is made of. Without `logger` it has that of `createLogger()`, without `onError` errors go to the logger. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AppConfig<P extends Providers = any> = KernelConfig<P> & HttpConfig;

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
  #http: HttpParts;
  /** One run is told once, however often it is asked for. */
  #run: Promise<void> | undefined;

  /** @throws TypeError or RangeError for what cannot be right whatever the services do */
  constructor(config: AppConfig<P> = {}) {
    const logger =
      config.logger ?? createLogger({ name: config.name ?? "app", ...(config.clock && { clock: config.clock }) });
    const http = new HttpParts(config);
    const parts = {
      controllers: () => this.#http.parts.controllers?.() ?? [],
      server: () => this.#http.parts.server?.(),
    };
    const name = serves(config) ? { name: "http" } : {};
    super({ ...config, logger, onError: config.onError ?? logErrors(logger) }, { ...parts, ...name });
    http.serve(this as Kernel);
    this.#http = http;
    this.#config = config;
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

  /** As a kernel's, and says in the log what starts, where it listens, what stops in which order, and who is late. */
  override run(): Promise<void> {
    this.#run ??= this.#loggedRun().finally(() => {
      this.#run = undefined;
    });
    return this.#run;
  }

  async #loggedRun(): Promise<void> {
    const unobserve = logLifecycle(this as Kernel, this.log, this.#config.clock);
    try {
      await super.run();
    } finally {
      unobserve();
    }
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
    return main(this as Kernel, argv, {
      name: serves(this.#config) ? "http" : undefined,
      http: listens ? http || {} : undefined,
      configureHttp: (settings) => {
        this.#http = new HttpParts({ ...this.#config, http: { ...(http || {}), ...settings } });
        this.#http.serve(this as Kernel);
      },
    });
  }
}

/** Whether an app has anything to answer with. */
function serves({ routes, http }: HttpConfig): boolean {
  return routes !== undefined || Boolean(http);
}
