import { parseArgs } from "node:util";

/** One flag as it was written. */
export interface WrittenFlag {
  /** Without its dashes. */
  readonly name: string;
  /** `--clock-every`, `-h` */
  readonly written: string;
  /** Undefined where none was written. */
  readonly value: string | undefined;
}

/** What a command line consists of, in the order in which it was written. */
export interface SplitArguments {
  readonly flags: readonly WrittenFlag[];
  /** What is no flag, and no value of a known one. */
  readonly others: readonly string[];
}

/** The flags that there are, without their dashes. */
export interface KnownFlags {
  /** Those that take a value. */
  readonly valued: readonly string[];
  /** Those that need none. */
  readonly plain: readonly string[];
  /** One letter → the flag that it stands for. */
  readonly short: Readonly<Record<string, string>>;
}

/**
 * Takes a command line apart: `--every 5`, `--every=5`, `--loud`, `-h`; `--` ends the flags. What begins with `--` is
 * never taken for the value of the flag before it.
 *
 * By `parseArgs` of Node, which splits as POSIX and GNU say, and no more: names, conversion, help and errors all come from
 * the options of services, and what a larger parser has of its own would only be in their way.
 */
export function splitArguments(argv: readonly string[], known: KnownFlags): SplitArguments {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const name of known.valued) options[name] = { type: "string" };
  for (const name of known.plain) options[name] = { type: "boolean" };
  for (const [letter, name] of Object.entries(known.short)) options[name] = { type: "boolean", short: letter };
  const flags: WrittenFlag[] = [];
  const others: string[] = [];
  for (const args of pieces(argv)) {
    const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
    let isUnknown = false;
    for (const token of tokens) {
      if (token.kind === "option") {
        isUnknown = !Object.hasOwn(options, token.name);
        flags.push({ name: token.name, written: token.rawName, value: token.value });
      } else if (token.kind === "positional") {
        // Of a flag that does not exist nobody knows whether it takes a value.
        if (!isUnknown) others.push(token.value);
        isUnknown = false;
      }
    }
  }
  return { flags, others };
}

/** One for each flag, with what is written behind it. */
function pieces(argv: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const [index, argument] of argv.entries()) {
    if (argument === "--") return [...found, argv.slice(index)];
    if (argument.startsWith("--")) found.push([]);
    found.at(-1)?.push(argument);
  }
  return found;
}
