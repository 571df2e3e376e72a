import {
  type Action,
  ActionError,
  type HealthReport,
  type HealthStatus,
  type Kernel,
  type KernelSnapshot,
  PawlError,
  type Schema,
  Service,
  type State,
} from "@pawl/kernel";
import { changeOptions, scopeOf } from "@pawl/kernel/extend";
import { fields } from "./admin-inputs.ts";
import { countersOf } from "./counters.ts";

/** What an app says of how it is administered. */
export interface AdminSettings {
  /** Of the program: `"shop 1.2.0"`. Asked for when it starts. */
  readonly version?: () => string | undefined;
  /** Writes what has happened to a file, and gives its path. Undefined where that is not kept. */
  readonly record?: (() => string) | undefined;
  /** Undefined where there is no control socket. */
  readonly control?: ControlSettings | undefined;
}

export interface ControlSettings {
  /** Gives the path of the socket. Throws where there can be none. */
  readonly path: () => string;
  /** Whether the app does not start without it. */
  readonly required: boolean;
}

export interface StatusReport {
  readonly name: string;
  readonly status: HealthStatus;
  readonly state: State;
  readonly version?: string;
  readonly node: string;
  readonly pid: number;
  /** When its start began, ISO 8601. */
  readonly aliveSince: string;
  readonly uptimeMs: number;
  readonly shutdownTimeoutMs: number;
  /** Where it is reached, as URLs. */
  readonly addresses: readonly string[];
}

interface ServiceInput {
  readonly service?: string;
}
interface OptionsInput extends ServiceInput {
  readonly set?: object;
}
interface LevelInput {
  readonly level?: string;
}
type Called<In, Result> = Action<In | undefined, Result, In>;

const serviceInput: Schema<ServiceInput | undefined, ServiceInput> = fields({ service: "text" });
const optionsInput: Schema<OptionsInput | undefined, OptionsInput> = fields({ service: "text", set: "object" });
const levelInput: Schema<LevelInput | undefined, LevelInput> = fields({ level: "text" });

/**
 * What administers an app, as actions: what it is at, and what can be done to it (sparts, fb303). It starts before all else
 * and stops last, so that it can be asked meanwhile.
 */
export class Admin extends Service {
  readonly #settings: AdminSettings;
  readonly #addresses: () => readonly string[];
  #since = 0;
  #version: string | undefined;

  /** @param addresses where the app is reached */
  constructor(settings: AdminSettings, addresses: () => readonly string[]) {
    super();
    this.#settings = settings;
    this.#addresses = addresses;
  }

  readonly status: Action<void, Promise<StatusReport>> = this.action(() => this.#status(), {
    admin: true,
    description: "What the app is at.",
  });

  readonly health: Action<void, Promise<HealthReport>> = this.action(() => this.app.health(), {
    admin: true,
    description: "How the app and each of its services does, checks of their own included.",
  });

  readonly aliveSince: Action<void, string> = this.action(() => new Date(this.#since).toISOString(), {
    admin: true,
    description: "When its start began.",
  });

  readonly counters: Action<void, Record<string, number>> = this.action(() => countersOf(this.app.inspect()), {
    admin: true,
    description: "Every count that the app keeps, by its name.",
  });

  readonly tree: Action<void, KernelSnapshot> = this.action(() => this.app.inspect(), {
    admin: true,
    description: "All that the app holds.",
  });

  readonly options: Called<OptionsInput, Promise<unknown>> = this.action(
    optionsInput,
    (input) => this.#options(input),
    {
      admin: true,
      description: "The options of the services, or of one; sets those that are live.",
    },
  );

  readonly logLevel: Called<LevelInput, { readonly level: string }> = this.action(
    levelInput,
    ({ level }) => this.#logLevel(level),
    {
      admin: true,
      description: "The lowest level that is written; sets it.",
    },
  );

  readonly record: Action<void, Promise<string>> = this.action(() => this.#record(), {
    admin: true,
    description: "Writes what has happened to a file, for `pawl replay`; gives its path.",
  });

  readonly shutdown: Action<void, Promise<{ readonly status: "stopping" }>> = this.action(
    async () => {
      // Resolves when it has begun: this call is part of what is stopped.
      await this.app.stop();
      return { status: "stopping" as const };
    },
    { admin: true, description: "Stops the app." },
  );

  readonly restart: Called<ServiceInput, Promise<{ readonly status: string }>> = this.action(
    serviceInput,
    ({ service }) => this.#restart(service),
    {
      admin: true,
      description: "Stops and starts the app, or one service of it.",
    },
  );

  override async onStart(): Promise<void> {
    this.#since = scopeOf(this, "onStart").clock.wallTime();
    const { control, version } = this.#settings;
    this.#version = version?.();
    if (!control) return;
    try {
      const { ControlServer } = await import("./control-server.ts");
      await this.adopt(new ControlServer(control.path()));
    } catch (error) {
      if (control.required) throw error;
      this.log.warn({ err: error }, "there is no control socket: the pawl command cannot reach this app");
    }
  }

  async #status(): Promise<StatusReport> {
    const { status } = await this.app.health();
    const { name, state, shutdownTimeoutMs } = this.app.inspect();
    return {
      name,
      status,
      state,
      ...(this.#version === undefined ? {} : { version: this.#version }),
      node: process.versions.node,
      pid: process.pid,
      aliveSince: new Date(this.#since).toISOString(),
      uptimeMs: Math.max(0, Math.round(scopeOf(this, "status").clock.wallTime() - this.#since)),
      shutdownTimeoutMs,
      addresses: this.#addresses(),
    };
  }

  async #options({ service, set }: OptionsInput): Promise<unknown> {
    if (set) {
      if (service === undefined) throw new ActionError("Say of which service: { service, set }.", { status: 400 });
      await told(async () => changeOptions((this.app as Kernel).service(service as never) as Service, set));
    }
    const all = Object.fromEntries(
      this.app.inspect().services.flatMap(({ path, options }) => (options === undefined ? [] : [[path, options]])),
    );
    if (service === undefined) return all;
    if (Object.hasOwn(all, service)) return all[service];
    throw new ActionError(`${service} has no options, or does not run.`, { status: 404 });
  }

  #logLevel(level: string | undefined): { readonly level: string } {
    const { log } = this.app;
    if (log.level === undefined) {
      throw new ActionError("The logger of this app has no level that can be changed.", { status: 409 });
    }
    if (level !== undefined) {
      try {
        log.level = level;
      } catch (error) {
        throw new ActionError(error instanceof Error ? error.message : String(error), { status: 400, cause: error });
      }
    }
    return { level: log.level };
  }

  async #record(): Promise<string> {
    const { record } = this.#settings;
    if (!record) throw new ActionError("This app keeps no record of what happens.", { status: 409 });
    return told(async () => record());
  }

  async #restart(service: string | undefined): Promise<{ readonly status: string }> {
    if (service === undefined) {
      await this.app.restart();
      return { status: "stopping" };
    }
    await told(() => (this.app as Kernel).restart(service as never));
    return { status: "alive" };
  }
}

/** What went wrong is meant for who administers the app. */
async function told<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (!PawlError.is(error)) throw error;
    const status = error.code === "PAWL_UNKNOWN_SERVICE" ? 404 : 409;
    throw new ActionError(error.message, { reason: error.code, status, cause: error });
  }
}
