import { createLogger, logErrors, logLifecycle } from "@pawl/cli";
import { type HttpConfig, HttpParts } from "@pawl/http";
import { type Clock, Kernel, type KernelConfig, NotRunningError, type Providers } from "@pawl/kernel";

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
  readonly #http: HttpParts;
  readonly #clock: Clock | undefined;

  /** @throws TypeError or RangeError for what cannot be right whatever the services do */
  constructor(config: AppConfig<P> = {}) {
    const logger =
      config.logger ?? createLogger({ name: config.name ?? "app", ...(config.clock && { clock: config.clock }) });
    const http = new HttpParts(config);
    super({ ...config, logger, onError: config.onError ?? logErrors(logger) }, http.parts);
    http.serve(this as Kernel);
    this.#http = http;
    this.#clock = config.clock;
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
  override async run(): Promise<void> {
    const unobserve = logLifecycle(this as Kernel, this.log, this.#clock);
    try {
      await super.run();
    } finally {
      unobserve();
    }
  }
}
