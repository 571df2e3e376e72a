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
