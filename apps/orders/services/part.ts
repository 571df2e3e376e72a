import { fileURLToPath } from "node:url";
import { childProcess, ProcessError } from "@pawl/background";
import { isAbortError, Service } from "pawl";

/** A process of the app: started, supervised and stopped like any service. It has started when it says that it is ready. */
export class Part extends Service {
  readonly #file: URL;
  readonly #env: Readonly<Record<string, string>>;
  /** Of the process that runs now, or ran last. */
  pid: number | undefined;

  constructor(file: URL, env: Readonly<Record<string, string>> = {}) {
    super();
    this.#file = file;
    this.#env = env;
  }

  override async onStart(): Promise<void> {
    const ready = this.waitFor("part:ready", { where: (name) => name === this.name });
    // Its own `shutdownTimeout` is shorter than this: it is killed only where it hangs.
    const child = childProcess(this, process.execPath, [...process.execArgv, fileURLToPath(this.#file)], {
      longRunning: true,
      killAfter: "12s",
      // Its log comes here, where it can be read.
      env: { ...this.#env, LOG_FORMAT: "json", LOG_FILE: undefined },
      onStdout: this.#onStdout,
      onStderr: this.#onStderr,
    });
    child.catch((error: unknown) => {
      if (isAbortError(error)) return;
      // Its own would tell the last lines of the log once more.
      const ended = error instanceof ProcessError && (error.signal ?? `exit code ${error.exitCode}`);
      this.fail(ended ? new Error(`process ${child.pid} ended: ${ended}`) : error);
    });
    this.pid = child.pid;
    this.log.info(`runs as process ${child.pid}`);
    await ready;
  }

  #onStdout(line: string): void {
    if (line === "ready") this.emit("part:ready", this.name);
    else this.log.info(line);
  }

  /** Its log, told as this one's, with its name before that of its service. */
  #onStderr(line: string): void {
    const entry = parse(line);
    if (!entry) {
      this.log.warn(line);
      return;
    }
    const { level, time: _time, pid: _pid, hostname: _host, name: _name, service, msg, ...data } = entry;
    const log = this.app.log.child({ service: service === undefined ? this.path : `${this.path}/${service}` });
    log[levels[level] ?? "info"](data, msg);
  }
}

/** A line of pino's. */
interface Entry {
  readonly level: number;
  readonly msg: string;
  readonly service?: string;
  readonly [more: string]: unknown;
}

const levels: Readonly<Record<number, "trace" | "debug" | "info" | "warn" | "error">> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "error",
};

/** Undefined for what is no line of a log, such as the last words of a process that Node ends. */
function parse(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null && "level" in entry && "msg" in entry
      ? (entry as Entry)
      : undefined;
  } catch {
    return undefined;
  }
}
