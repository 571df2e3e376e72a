import { createRequire } from "node:module";
import type { Clock, Logger } from "@pawl/kernel";
import type { pino as Pino } from "pino";
import type { LogFormat } from "./logger-options.ts";

export interface PinoOptions {
  readonly format: LogFormat;
  readonly name: string | undefined;
  readonly redact: readonly string[] | undefined;
  readonly clock: Clock;
  /** Takes each line, with its end. */
  readonly write: (line: string) => void;
}

let loaded: typeof Pino | undefined;

/**
 * A pino logger that writes every level; the first one loads pino, which takes 20 ms. For people only what they read is
 * put into a line, and the data of the program under `data`, where it cannot be taken for anything else.
 */
export function pinoLogger({ format, name, redact, clock, write }: PinoOptions): Logger {
  // Loaded as it is needed: most starts that write nothing, those of tests among them, need not wait for it.
  loaded ??= createRequire(import.meta.url)("pino") as typeof Pino;
  return loaded(
    {
      level: "trace",
      serializers: { err: errorWritten(loaded.stdSerializers.err) },
      timestamp: () => `,"time":${Math.trunc(clock.wallTime())}`,
      ...(redact === undefined ? {} : { redact: [...redact] }),
      ...(format === "pretty" ? { base: null, nestedKey: "data" } : {}),
      ...(format === "json" && name !== undefined ? { name } : {}),
    },
    { write },
  );
}

/** pino puts the messages of its causes behind that of an error; where they are in it, they would be told twice. */
function errorWritten(written: typeof Pino.stdSerializers.err): (error: Error) => unknown {
  return (error) => {
    const json = written(error);
    if (!(error instanceof Error && error.cause instanceof Error)) return json;
    return error.message.includes(error.cause.message) ? Object.assign(json, { message: error.message }) : json;
  };
}
