import { type Clock, PawlRangeError, PawlTypeError } from "@pawl/kernel";

/** From what is told least to what is told most; `silent` tells nothing. They are pino's. */
export const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `pretty` is for people, `json` for programs: one object a line. */
export const logFormats = ["pretty", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

/** What a logger can be changed in while it is in use. */
export interface LogSettings {
  /** The lowest level that is written. @default "info" */
  readonly level?: LogLevel;
  /** @default "pretty" on a terminal, "json" elsewhere and in a file */
  readonly format?: LogFormat;
  /** A file to write to instead: appended to, made with its folder where there is none. @default standard error */
  readonly file?: string;
}

/** Where lines go that do not go to a file. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

export interface LoggerOptions extends LogSettings {
  /** Stands in every JSON line as `name`: the program. @default none */
  readonly name?: string;
  /**
   * What must not be written: paths of pino's `redact`, such as `"password"`, `"*.token"` or `"req.headers.cookie"`. In their
   * place stands `[Redacted]`.
   */
  readonly redact?: readonly string[];
  /** Where the time of a line comes from. @default the system's */
  readonly clock?: Clock;
  /** Where lines go without `file`. @default process.stderr, so that what the program prints stays apart */
  readonly stream?: LogStream;
}

/** @throws RangeError for a level or format that there is none of, TypeError for what is of another kind */
export function checkLogSettings({ level, format, file }: LogSettings): void {
  checkOneOf("level", level, logLevels);
  checkOneOf("format", format, logFormats);
  if (file !== undefined && (typeof file !== "string" || file === "")) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `logger: { file }: it must be a path, such as "logs/app.log"`);
  }
}

/** @throws TypeError */
export function checkLoggerOptions(options: LoggerOptions): void {
  checkLogSettings(options);
  const { redact } = options;
  if (redact !== undefined && !(Array.isArray(redact) && redact.every((path) => typeof path === "string"))) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `logger: { redact }: it must be a list of paths, such as ["*.token"]`);
  }
}

function checkOneOf(option: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || known.includes(given as string)) return;
  throw new PawlRangeError(
    "PAWL_BAD_OPTION",
    `logger: { ${option}: ${JSON.stringify(given)} }: it must be one of ${known.join(", ")}`,
  );
}
