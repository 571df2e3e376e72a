import { type Kernel, PawlError, PawlTypeError, StartError } from "@pawl/kernel";
import { type KernelParts, lowerCamelCase, type NamedService } from "@pawl/kernel/extend";
import { Admin, type AdminSettings } from "./admin/admin.ts";
import { type HttpConfig, type HttpSettings, httpSettings } from "./config.ts";
import type { AnyControllerClass, Controller } from "./controller.ts";
import { RouteError } from "./errors/http-errors.ts";
import { healthAnswer } from "./health/health-answer.ts";
import { defaultShell, type Shell } from "./page/shell.ts";
import type { Mount } from "./routes/mounted-routes.ts";
import { nameOfPath } from "./routes/route-path.ts";
import { type RouteSource, type RouteSources, routeSources } from "./routes/route-source.ts";
import { HttpServer } from "./server/http-server.ts";

/** The program that an app is part of. */
export interface ProgramSettings {
  /** `"1.2.0"`, for the OpenAPI document. Asked for when that is made. */
  readonly version?: () => string | undefined;
}

/**
 * What HTTP adds to a kernel: controllers and a server, made anew at each start. For a face such as `pawl`.
 *
 * @example
 * const http = new HttpParts({ routes: [Dashboard] });
 * const kernel = new Kernel({ providers }, http.parts);
 * http.serve(kernel);
 */
export class HttpParts {
  /** For the kernel's constructor. */
  readonly parts: KernelParts;
  readonly #sources: RouteSources;
  readonly #settings: HttpSettings;
  readonly #shell: Shell;
  readonly #serves: boolean;
  #kernel: Kernel | undefined;
  #lookup: (name: string) => unknown = () => undefined;
  #mounts: readonly Mount[] = [];
  #server: HttpServer | undefined;
  #admin: AdminSettings = {};
  readonly #program: ProgramSettings;

  /**
   * @param program what the app is part of
   * @throws TypeError or RangeError for what cannot be right whatever the routes do
   */
  constructor(config: HttpConfig, program: ProgramSettings = {}) {
    this.#program = program;
    this.#sources = routeSources(config.routes);
    this.#settings = httpSettings(config.http);
    if (config.shell !== undefined && typeof config.shell !== "function") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `shell: it must be a function that gives a document, not ${typeof config.shell}`,
      );
    }
    this.#shell = config.shell ?? defaultShell;
    // An app that says nothing about HTTP takes no port, though it may have actions.
    this.#serves = config.routes !== undefined || config.http !== undefined;
    this.parts = {
      first: () => this.#makeAdmin(),
      controllers: () => this.#controllers(),
      server: () => this.#makeServer(),
      load: () => Promise.all([import("./server/answering.ts"), import("./admin/control-server.ts")]),
    };
  }

  /** How the app is administered; without it only by the token that the configuration may have. */
  administer(settings: AdminSettings): void {
    this.#admin = settings;
  }

  /** The kernel whose providers the controllers get. */
  serve(kernel: Kernel): void {
    this.#kernel = kernel;
    // Any name may be asked for: the kernel refuses one that it does not know.
    this.#lookup = (name) => kernel.service(name as never);
  }

  /** The server of the run that is on, or of the last. */
  get server(): HttpServer | undefined {
    return this.#server;
  }

  /** Answers a request without a port; 503 while the kernel does not run. */
  async fetch(request: Request): Promise<Response> {
    if (this.#server?.isOpen) return this.#server.fetch(request);
    const asksHealth = this.#kernel && this.#settings.health && request.method === "GET";
    const health = asksHealth ? await healthAnswer(this.#kernel as Kernel, new URL(request.url).pathname) : undefined;
    return health ?? (await import("./server/answering.ts")).turnedAway(request);
  }

  /** @throws RouteError */
  async #controllers(): Promise<readonly NamedService[]> {
    const sources =
      "list" in this.#sources
        ? this.#sources.list
        : await (await import("./routes/route-directory.ts")).readDirectory(this.#sources.directory);
    const named: NamedService[] = [];
    this.#mounts = sources.map((source): Mount => {
      const { path, label } = source;
      if (source.kind === "hono") return { kind: "hono", app: source.of, path, label };
      const controller = this.#make(source.of, source);
      const name = nameOf(source.of, path);
      named.push({ name, service: controller });
      return { kind: "controller", controller, path, label, title: source.of.title ?? inWords(name) };
    });
    return named;
  }

  #makeAdmin(): NamedService | undefined {
    const isCalled = this.#admin.control !== undefined || (this.#serves && this.#settings.adminToken !== undefined);
    if (!isCalled) return undefined;
    return { name: "pawl", service: new Admin(this.#admin, () => this.#server?.addresses ?? []) };
  }

  #makeServer(): NamedService | undefined {
    if (!this.#serves) return undefined;
    this.#server = new HttpServer({
      mounts: this.#mounts,
      shell: this.#shell,
      settings: this.#settings,
      version: this.#program.version,
    });
    return { name: "http", service: this.#server };
  }

  /** All providers have started: each is given as it is read. */
  #make(of: AnyControllerClass, { label, path }: RouteSource): Controller {
    const name = nameOf(of, path);
    let reading = true;
    const deps = new Proxy(Object.create(null) as object, {
      get: (_, key) => {
        if (typeof key !== "string") return undefined;
        if (reading) return this.#lookup(key);
        throw new PawlError(
          "PAWL_LATE_NEED",
          `${name}: "${key}" was read from its argument after it had been made; read it at once ({ ${key} }), or look it up later with this.service("${key}")`,
          { path: name },
        );
      },
    });
    try {
      return new of(deps as never);
    } catch (cause) {
      if (PawlError.is(cause)) {
        throw new StartError("PAWL_START_FAILED", `${name} could not start: ${cause.message}`, { path: name, cause });
      }
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new RouteError("PAWL_HTTP_BAD_ROUTE", `${label}: its constructor failed: ${message}`, {
        path: name,
        cause,
      });
    } finally {
      reading = false;
    }
  }
}

function nameOf(of: AnyControllerClass, path: string): string {
  const { name } = of;
  // A class without a name that is a default export is called `default` by the language, and otherwise by bundlers.
  return /^$|^default(_\d+)?$|_default$|^__/.test(name)
    ? nameOfPath(path)
    : lowerCamelCase(name).replace(/[^\w-]/g, "-");
}

/** `orderHistory` → `Order history`. */
function inWords(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
