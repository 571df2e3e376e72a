import { type Duration, milliseconds } from "@pawl/kernel";
import { UsageError } from "../errors/command-errors.ts";

/** One option of a command. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  /** One letter. */
  readonly short?: string;
  /** What its value is called in the help: `"lines"`. */
  readonly value?: string;
  readonly help: string;
}

/** How a command was called. */
export interface Invocation {
  /** What stands beside the options. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** One command of `pawl`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows its name: `"[app] [service]"`. */
  readonly usage: string;
  /** What the help says beyond the summary: whole lines. */
  readonly details: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** How many operands it takes. */
  readonly operands: { readonly min: number; readonly max: number };
  /** Whether all that stands behind its first operand is handed on as it is. @default false */
  readonly handsOn?: boolean;
  /** Gives the exit code. @throws UsageError; PawlError; whatever fails */
  run(invocation: Invocation): Promise<number> | number;
}

/** The value of an option that takes one. */
export function textOption({ options }: Invocation, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The value of an option that takes a duration, in milliseconds; a bare number is in seconds. @throws UsageError */
export function durationOption(command: Command, invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  const duration = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration);
  try {
    return milliseconds(duration, `--${name}`);
  } catch (error) {
    throw new UsageError(`pawl ${command.name}: ${(error as Error).message}`);
  }
}
