/** Writes one line: a message, or data with a message, as pino's methods do. */
export interface LogFn {
  (data: object, message?: string, ...args: unknown[]): void;
  (message: string, ...args: unknown[]): void;
}

/** Where log lines go. pino's loggers fit as they are, as do those of the same shape. */
export interface Logger {
  trace: LogFn;
  debug: LogFn;
  info: LogFn;
  warn: LogFn;
  error: LogFn;
  /** The lowest level that is written; where a logger has it, it can be set while the app runs. */
  level?: string;
  /** A logger whose lines all carry `bindings`, e.g. `{ service: "shop/metrics" }`. */
  child(bindings: Record<string, unknown>): Logger;
}

const nothing = () => {};

/** Drops every line: what a `Kernel` without a logger has. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
