import { formatDuration, PawlRangeError, Service } from "@pawl/kernel";
import { type ServiceScope, scopeOf } from "@pawl/kernel/extend";
import type { HttpSettings } from "../config.ts";
import type { Shell } from "../page/shell.ts";
import type { Mount } from "../routes/mounted-routes.ts";
import { Exchange } from "./exchange.ts";
import type { NodeServer } from "./node-server.ts";
import type { RequestHandler } from "./request-handler.ts";

/** What the server of an app is made of. */
export interface HttpServerConfig {
  /** In the order in which they are listed. Controllers are running when the server starts. */
  readonly mounts: readonly Mount[];
  readonly shell: Shell;
  readonly settings: HttpSettings;
  /** The version of the program, for documents. Asked for when one is made. */
  readonly version?: (() => string | undefined) | undefined;
}

/**
 * Serves the routes of an app. It starts last, when everything else is ready, and stops first: it drains before the first
 * controller or provider stops. It owns the requests of Hono apps; those of a controller belong to the controller.
 */
export class HttpServer extends Service {
  readonly #config: HttpServerConfig;
  #scope: ServiceScope | undefined;
  #requests: RequestHandler | undefined;
  #sockets: NodeServer | undefined;
  #isReady = false;

  constructor(config: HttpServerConfig) {
    super();
    this.#config = config;
  }

  /**
   * Whether it should be sent requests: from its start until its stop begins. A stopping server still answers for
   * `drainDelay`, and what is in flight.
   */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether requests reach the routes. */
  get isOpen(): boolean {
    return this.#requests?.isOpen === true;
  }

  /** Where it is reached by its port, as people type it; undefined where it listens on none. */
  get url(): URL | undefined {
    const port = this.#sockets?.port;
    if (port === undefined) return undefined;
    const { host } = this.#config.settings;
    const everywhere = host === undefined || host === "0.0.0.0" || host === "::";
    const name = everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host;
    return new URL(`http://${name}:${port}/`);
  }

  /** The version of the program, where it has one. */
  get version(): string | undefined {
    return this.#config.version?.();
  }

  /** Every address that it listens on, as a URL: `http://127.0.0.1:3000`, `unix:/run/shop.sock`; none where it does not. */
  get addresses(): readonly string[] {
    return this.#sockets?.addresses ?? [];
  }

  /** @throws RouteError; ListenError */
  override async onStart(): Promise<void> {
    const { settings } = this.#config;
    const scope = scopeOf(this, "onStart");
    if (settings.drainDelay >= scope.stopTimeout) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `${this.path}: drainDelay (${formatDuration(settings.drainDelay)}) must be shorter than stopTimeout (${formatDuration(scope.stopTimeout)}), which bounds it; raise stopTimeout`,
        { path: this.path },
      );
    }
    const { answering, NodeServer } = await import("./answering.ts");
    const requests = answering(this, scope, this.#config);
    if (settings.port !== undefined || settings.socket !== undefined) {
      const sockets = this.own(new NodeServer(scope, requests, settings.hosts, (error) => this.fail(error)), (s) =>
        s.cut(),
      );
      await sockets.listen(settings);
      scope.add(sockets);
      this.#sockets = sockets;
    }
    scope.add(requests);
    this.#scope = scope;
    this.#requests = requests;
    this.#isReady = true;
    const { addresses, url } = this;
    if (addresses.length > 0)
      scope.facts.record("service.listening", { path: this.path, addresses, ...(url && { url: url.origin }) });
  }

  override async onStop(): Promise<void> {
    this.#isReady = false;
    if (this.#config.settings.drainDelay > 0) await this.sleep(`${this.#config.settings.drainDelay}ms`);
  }

  /** Serves a request that did not come by the port; 503 while it takes none. */
  async fetch(request: Request): Promise<Response> {
    const requests = this.#requests;
    const scope = this.#scope;
    if (!requests || !scope) return (await import("./answering.ts")).turnedAway(request);
    const exchange = new Exchange(request.method === "HEAD", undefined, undefined, [request.signal, scope.signal]);
    try {
      return await requests.answer(request, exchange);
    } catch (error) {
      return requests.lost(error);
    }
  }
}
