import { type Duration, milliseconds, PawlRangeError, PawlTypeError } from "@pawl/kernel";
import { AdminToken } from "./admin/admin-token.ts";
import type { ControllerClass } from "./controller.ts";
import type { Shell } from "./page/shell.ts";
import { AllowedHosts } from "./server/allowed-hosts.ts";
import type { ListenSettings } from "./server/listeners.ts";
import { type AnswerHeaders, answerHeaders } from "./server/secure-headers.ts";
import { longestSocketPath } from "./server/socket-path.ts";

/** Any Hono app, whatever its environment: Hono's own type parameters are invariant, and nothing here depends on them. */
export interface AnyHono {
  fetch(request: Request, ...rest: never[]): Response | Promise<Response>;
  readonly routes: readonly { readonly path: string; readonly method: string }[];
}

/**
 * Controllers and Hono apps; one Hono app; or a directory of modules, as a path from the working directory or a URL:
 * `new URL("./routes/", import.meta.url)`.
 */
export type Routes = readonly (ControllerClass | AnyHono)[] | AnyHono | URL | string;

export interface HttpOptions {
  /** 0 takes any free port. @default 3000; no port where only a `socket` is given */
  readonly port?: number;
  /**
   * The address to listen on; `"localhost"` is both of them, 127.0.0.1 and ::1.
   *
   * @default every address of the machine, of IPv4 and of IPv6
   */
  readonly host?: string;
  /**
   * By which names, besides localhost, the addresses of the machine itself and a name in `host`, requests may ask:
   * `["shop.example"]`. Another name in `Host` is answered with 421, against DNS rebinding. A Unix socket and `app.fetch()`
   * take any.
   *
   * @default none where the server listens on the machine itself alone (`host: "localhost"`), else any
   */
  readonly hosts?: readonly string[];
  /**
   * The path of a Unix socket to listen on, instead of a port or beside one. What an ended process has left there is
   * removed, and so is the socket on stop.
   *
   * @default none
   */
  readonly socket?: string;
  /** Who may connect to the socket, as the mode of a file. @default 0o600, the user of this process alone */
  readonly socketMode?: number;
  /** Bytes that the body of a request may have; `Infinity` sets no limit. @default 1_048_576 */
  readonly bodyLimit?: number;
  /**
   * How long a stopping server goes on as before while `ready` is false already, so that a load balancer can notice. Must be
   * shorter than `stopTimeout`. @default "0ms"
   */
  readonly drainDelay?: Duration;
  /**
   * Which actions answer `POST /<service>/<action>`: all, none, or those of these services (`"metrics"`) and these alone
   * (`"metrics.stats"`). Those for administration only do where there is an `adminToken`.
   *
   * @default true
   */
  readonly actions?: boolean | readonly string[];
  /**
   * Lets who has it call what administers the app, as a bearer token: `POST /pawl/status` and the others of the service
   * `pawl`, and every action that is declared with `admin: true`. At least 16 characters.
   *
   * @default none: they are not served
   */
  readonly adminToken?: string;
  /** The OpenAPI document at `/openapi.json`: its title and version, or whether there is one. @default true */
  readonly openapi?: boolean | OpenApiInfo;
  /**
   * Whether `/livez` and `/readyz` tell the health of the app, where it has no routes of its own there. `/readyz` is 503
   * while it starts, drains, or something required is down, and names each service with its state.
   *
   * @default true
   */
  readonly health?: boolean;
  /**
   * Headers of every answer that does not set them itself, e.g. `{ "Content-Security-Policy": "default-src 'self'" }`; false
   * leaves out one of the secure ones that are there without it.
   */
  readonly headers?: Readonly<Record<string, string | false>>;
}

/** What the OpenAPI document says of the app. */
export interface OpenApiInfo {
  /** @default the name of the app */
  readonly title?: string;
  /** @default that of the program, from the package.json nearest to its main file; else "0.0.0" */
  readonly version?: string;
  readonly description?: string;
}

/** What an app adds to the configuration of a kernel. */
export interface HttpConfig {
  /** What answers requests. The most specific route answers, wherever it is listed. @default none */
  readonly routes?: Routes;
  /** The document around views. @default a plain one */
  readonly shell?: Shell;
  /** How to serve; `false` takes no port, and `app.fetch()` alone serves. @default port 3000 where there are routes */
  readonly http?: HttpOptions | false;
}

/** {@link HttpOptions}, checked and with defaults filled in. */
export interface HttpSettings extends ListenSettings {
  readonly bodyLimit: number;
  /** Milliseconds. */
  readonly drainDelay: number;
  readonly actions: boolean | readonly string[];
  readonly adminToken: AdminToken | undefined;
  /** Undefined where there is no document. */
  readonly openapi: OpenApiInfo | undefined;
  readonly health: boolean;
  readonly headers: AnswerHeaders;
  readonly hosts: AllowedHosts;
}

/** @throws TypeError or RangeError for what cannot be right */
export function httpSettings(http: HttpOptions | false | undefined): HttpSettings {
  if (http !== undefined && http !== false && (typeof http !== "object" || http === null || Array.isArray(http))) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `http: it must be an object of options, such as { port: 3000 }, or false`,
    );
  }
  const options = http || {};
  const { bodyLimit = 1_048_576, drainDelay = 0 } = options;
  if (typeof bodyLimit !== "number" || !(bodyLimit > 0)) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `http: { bodyLimit: ${bodyLimit} }: it must be a number of bytes above zero`,
    );
  }
  const { actions = true, openapi = true, health = true } = options;
  if (typeof health !== "boolean") {
    throw new PawlTypeError("PAWL_BAD_OPTION", "http: { health }: it must be true or false");
  }
  if (typeof actions !== "boolean" && !(Array.isArray(actions) && actions.every((name) => typeof name === "string"))) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      'http: { actions }: it must be true, false, or a list such as ["metrics", "orders.place"]',
    );
  }
  if (typeof openapi !== "boolean" && (typeof openapi !== "object" || openapi === null)) {
    throw new PawlTypeError("PAWL_BAD_OPTION", "http: { openapi }: it must be true, false or { title, version }");
  }
  return {
    ...listenSettings(options),
    ...(http === false && { port: undefined }),
    bodyLimit,
    drainDelay: milliseconds(drainDelay, "http: { drainDelay }", true),
    actions,
    adminToken: options.adminToken === undefined ? undefined : new AdminToken(options.adminToken),
    openapi: openapi === true ? {} : openapi || undefined,
    health,
    headers: answerHeaders(options.headers),
    hosts: new AllowedHosts(options.hosts, options.host),
  };
}

function listenSettings({ port, host, socket, socketMode = 0o600 }: HttpOptions): ListenSettings {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw new PawlRangeError("PAWL_BAD_OPTION", `http: { port: ${port} }: it must be a whole number from 0 to 65535`);
  }
  if (host !== undefined && (typeof host !== "string" || host === "" || host === "[]")) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `http: { host }: it must be an address or a name, such as "127.0.0.1"`);
  }
  if (socket !== undefined && (typeof socket !== "string" || socket === "" || socket.includes("\0"))) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `http: { socket }: it must be a path, such as "/run/shop.sock"`);
  }
  if (socket !== undefined && Buffer.byteLength(socket) > longestSocketPath) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `http: { socket: ${JSON.stringify(socket)} }: the system takes ${longestSocketPath} bytes at most; choose a shorter path`,
    );
  }
  if (!Number.isInteger(socketMode) || socketMode < 0 || socketMode > 0o777) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `http: { socketMode: ${socketMode} }: it must be a mode, such as 0o660`,
    );
  }
  return {
    port: port ?? (socket === undefined || host !== undefined ? 3000 : undefined),
    // As it stands in a URL.
    host: host?.replace(/^\[(.*)\]$/, "$1"),
    socket,
    socketMode,
  };
}
