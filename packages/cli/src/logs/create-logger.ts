import { type LogFn, type Logger, systemClock } from "@pawl/kernel";
import { LogFile } from "./log-file.ts";
import {
  checkLoggerOptions,
  checkLogSettings,
  type LogFormat,
  type LoggerOptions,
  type LogLevel,
  type LogSettings,
  logLevels,
} from "./logger-options.ts";
import { pinoLogger } from "./pino-logger.ts";
import { prettyLine } from "./pretty-line.ts";
import { type Destination, standardError } from "./standard-error.ts";

/** A logger whose level, format and file can be changed while it is in use; its children follow. */
export interface AppLogger extends Logger {
  /** The lowest level that is written. Setting one that does not exist throws a RangeError. */
  level: LogLevel;
  /**
   * Changes what is given and leaves the rest.
   *
   * @throws RangeError, TypeError; PawlError `PAWL_LOG_FILE` where the file cannot be opened: then all stays as it was
   */
  configure(settings: LogSettings): void;
  /** Calls `fn` with each line that is written, as JSON, whatever its format is; it must not throw. Gives back its undo. */
  follow(fn: (line: string) => void): () => void;
  /** Closes its file until the next line. */
  close(): void;
}

/**
 * The logger that an app has by default: pino, with lines for people on a terminal and JSON elsewhere. A line is written
 * when the call returns, so that the last ones before an exit are not lost. pino is loaded with the first line.
 *
 * @throws RangeError or TypeError for what cannot be right; PawlError `PAWL_LOG_FILE`
 * @example
 * const logger = createLogger({ level: "debug", file: "logs/app.log", redact: ["*.password"] });
 * const app = new App({ providers, logger });
 * logger.level = "info"; // for all services, at once
 */
export function createLogger(options: LoggerOptions = {}): AppLogger {
  checkLoggerOptions(options);
  return new RootLogger(options).logger;
}

type Method = "trace" | "debug" | "info" | "warn" | "error";

class RootLogger {
  readonly logger: AppLogger;
  readonly #options: LoggerOptions;
  #settings: LogSettings = {};
  #rank = 0;
  #file: LogFile | undefined;
  /** Made with the first line, and anew where the format changes. */
  #pino: Logger | undefined;
  readonly #followers = new Set<(line: string) => void>();

  constructor(options: LoggerOptions) {
    this.#options = options;
    const { level = "info", format, file } = options;
    this.configure({ level, ...(format && { format }), ...(file !== undefined && { file }) });
    const root = this;
    this.logger = {
      ...this.#methods(() => this.#made()),
      get level() {
        return root.#settings.level as LogLevel;
      },
      set level(level) {
        root.configure({ level });
      },
      configure: (settings) => this.configure(settings),
      follow: (fn) => {
        this.#followers.add(fn);
        return () => void this.#followers.delete(fn);
      },
      close: () => this.#file?.close(),
    };
  }

  configure(settings: LogSettings): void {
    checkLogSettings(settings);
    const { file } = settings;
    if (file !== undefined) {
      const opened = new LogFile(file, this.#stream);
      this.#file?.close();
      this.#file = opened;
    }
    this.#settings = { ...this.#settings, ...settings };
    this.#rank = logLevels.indexOf(this.#settings.level as LogLevel);
    if (file !== undefined || settings.format !== undefined) this.#pino = undefined;
  }

  get #stream(): Destination {
    const { stream } = this.#options;
    return stream ? { write: (text) => void stream.write(text) } : standardError;
  }

  #made(): Logger {
    if (this.#pino) return this.#pino;
    const { name, redact, clock = systemClock, stream = process.stderr } = this.#options;
    const isTerminal = this.#file === undefined && stream.isTTY === true;
    const format: LogFormat = this.#settings.format ?? (isTerminal ? "pretty" : "json");
    const destination = this.#file ?? this.#stream;
    // It knows of NO_COLOR and its like.
    const colours = isTerminal && stream.hasColors?.() === true;
    const write = (line: string) => {
      destination.write(format === "pretty" ? prettyLine(line, colours) : line);
      for (const follower of this.#followers) follower(line);
    };
    this.#pino = pinoLogger({ format, name, redact, clock, write });
    return this.#pino;
  }

  /** The methods of a logger that is made when it has something to write. */
  #methods(made: () => Logger): Logger {
    const at = (method: Method): LogFn => {
      const rank = logLevels.indexOf(method);
      return (...given: readonly unknown[]) => {
        if (rank <= this.#rank) (made()[method] as (...given: readonly unknown[]) => void)(...given);
      };
    };
    return {
      trace: at("trace"),
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (bindings) => {
        let parent: Logger | undefined;
        let child: Logger | undefined;
        return this.#methods(() => {
          const now = made();
          if (!child || parent !== now) child = now.child(bindings);
          parent = now;
          return child;
        });
      },
    };
  }
}
