import { UsageError } from "../errors/command-errors.ts";

/** What stands where. */
export interface VerbOperands<Verb> {
  readonly which?: string;
  readonly verb?: Verb;
  readonly ids: readonly string[];
}

/** Reads `[app] [verb] [id …]`: the app may be left out, and so may the verb with its ids. @throws UsageError */
export function readOperands<Verb extends string>(
  command: string,
  verbs: readonly Verb[],
  operands: readonly string[],
): VerbOperands<Verb> {
  const verbOf = (word: string | undefined) => verbs.find((verb) => verb === word);
  const [first, second, ...rest] = operands;
  const verb = verbOf(first);
  if (verb) return { verb, ids: operands.slice(1) };
  const which = first === undefined ? {} : { which: first };
  if (second === undefined) return { ...which, ids: [] };
  const verbOfApp = verbOf(second);
  if (verbOfApp) return { ...which, verb: verbOfApp, ids: rest };
  throw new UsageError(`pawl ${command}: "${second}" is neither ${verbs.join(" nor ")}`);
}
