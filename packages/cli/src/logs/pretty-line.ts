// An import would load all that this module can do, which takes 3 ms.
const { inspect, styleText } = process.getBuiltinModule("node:util");

const names: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const colourOf = {
  trace: "gray",
  debug: "gray",
  info: "green",
  warn: "yellow",
  error: "red",
  fatal: "magenta",
} as const;

/** A line as the pretty logger gets it from pino. */
interface Line {
  readonly level: number;
  readonly time: number;
  readonly service?: unknown;
  readonly msg?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An error as pino writes it. */
interface WrittenError {
  readonly stack: string;
  readonly aggregateErrors?: readonly unknown[];
}

/** Everything but line ends and tabs that a terminal takes for a command, and what turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
const commands = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A JSON line of pino as a person reads it: `12:03:11.042 info  shop/metrics collected { orders: 3 }`, in the time zone of
 * the machine. An error follows with its stack, its causes and the errors that it holds. Control characters are written as
 * escapes, and whatever stands on a further line is indented, so that no text can pass for a line of its own.
 */
export function prettyLine(json: string, colours: boolean): string {
  const { level, time, service, msg, data = {}, ...bound } = JSON.parse(json) as Line;
  const { err, ...rest }: Record<string, unknown> = { ...bound, ...data };
  const style = (text: string, as: Parameters<typeof styleText>[0]) =>
    colours ? styleText(as, text, { validateStream: false }) : text;
  const name = (names[level] ?? String(level)) as keyof typeof colourOf;
  const parts = [style(timeOfDay(time), "dim"), style(name.padEnd(5), colourOf[name])];
  if (service !== undefined) parts.push(style(indented(escaped(String(service))), "cyan"));
  if (msg !== undefined) parts.push(indented(escaped(String(msg))));
  if (Object.keys(rest).length > 0) parts.push(indented(escapedData(rest, colours)));
  const error = err === undefined ? "" : `\n    ${indented(errorText(err, colours))}`;
  return `${parts.join(" ")}${error}\n`;
}

function errorText(error: unknown, colours: boolean): string {
  if (!isWrittenError(error)) return escapedData(error, colours);
  const { stack, aggregateErrors = [], ...others } = error;
  const { type: _, message: __, ...figures } = others as Record<string, unknown>;
  const held = aggregateErrors.map((inner) => `\n    - ${indented(errorText(inner, colours))}`);
  const more = Object.keys(figures).length === 0 ? "" : ` ${escapedData(figures, colours)}`;
  return `${escaped(stack)}${more}${held.join("")}`;
}

function isWrittenError(value: unknown): value is WrittenError {
  return typeof value === "object" && value !== null && "stack" in value && typeof value.stack === "string";
}

function escapedData(data: unknown, colours: boolean): string {
  const text = inspect(data, { breakLength: Number.POSITIVE_INFINITY, colors: colours, depth: 10 });
  // The colours are commands themselves; inspect() has escaped the other escapes, but nothing that turns text.
  return colours ? text.split("\u001b").map(escaped).join("\u001b") : escaped(text);
}

/** Without what a terminal would obey: written out as escapes. */
export function escaped(text: string): string {
  return text.replace(commands, (command) => {
    const code = command.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n    ");
}

function timeOfDay(time: number): string {
  const date = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  const seconds = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
