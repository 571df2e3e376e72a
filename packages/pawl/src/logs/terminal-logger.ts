import { format, inspect, styleText } from "node:util";
import type { LogFn, Logger } from "@pawl/kernel";

const levels = ["trace", "debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

export interface TerminalLoggerOptions {
  /** The lowest level that is written. @default "info" */
  readonly level?: Level;
  /** Where lines go. @default process.stderr, so that what the program prints stays apart */
  readonly stream?: Pick<NodeJS.WriteStream, "write"> & { readonly isTTY?: boolean };
  /** The present time. @default the system's */
  readonly now?: () => Date;
}

const colours = { trace: "gray", debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

/**
 * Writes lines for people: `12:03:11 info shop/metrics message { orders: 3 }`. The data's `err` is an error, which follows
 * with its stack. It takes what pino takes; values after the message fill its `%s`, or stand behind it.
 */
export function terminalLogger(options: TerminalLoggerOptions = {}): Logger {
  const { level = "info", stream = process.stderr, now = () => new Date() } = options;
  const lowest = levels.indexOf(level);
  const colour = (text: string, as: Parameters<typeof styleText>[0]) =>
    stream.isTTY ? styleText(as, text, { stream: process.stderr }) : text;

  const write = (name: Level, bindings: Readonly<Record<string, unknown>>, given: readonly unknown[]) => {
    const { service, ...bound } = bindings;
    const [first, ...others] = given;
    const [data, texts] = typeof first === "string" ? [{}, given] : [first, others];
    const message = texts.length === 0 ? undefined : format(...texts);
    const { err, ...rest } =
      data instanceof Error
        ? { err: data }
        : ({ ...bound, ...(data as object | undefined) } as Record<string, unknown>);
    const parts = [colour(time(now()), "dim"), colour(name, colours[name])];
    if (service) parts.push(String(service));
    if (message !== undefined) parts.push(message);
    if (Object.keys(rest).length > 0)
      parts.push(inspect(rest, { breakLength: Number.POSITIVE_INFINITY, colors: stream.isTTY === true }));
    const error = err === undefined ? "" : `\n${inspect(err, { colors: stream.isTTY === true })}`;
    stream.write(`${parts.join(" ")}${error}\n`);
  };

  const make = (bindings: Readonly<Record<string, unknown>>): Logger => {
    const of = (name: Level): LogFn =>
      levels.indexOf(name) < lowest ? () => {} : (...given: readonly unknown[]) => write(name, bindings, given);
    return {
      trace: of("trace"),
      debug: of("debug"),
      info: of("info"),
      warn: of("warn"),
      error: of("error"),
      child: (more) => make({ ...bindings, ...more }),
    };
  };
  return make({});
}

function time(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
