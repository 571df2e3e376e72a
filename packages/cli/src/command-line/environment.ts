import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

/** Variables by name, and what to call one in an error. */
export interface Variables {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly where: (name: string) => string;
}

/** What is wrong with the command line or the environment, in one line. */
export type Mistake = string;

/** The variables of the environment, weakest first: the file `.env` of the working folder, then the process's own. */
export function readEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  folder: string,
): { readonly variables: readonly Variables[]; readonly mistakes: readonly Mistake[] } {
  const environment: Variables = { values: own, where: (name) => name };
  try {
    const values = parseEnv(readFileSync(join(folder, ".env"), "utf8").replace(/^\uFEFF/, "")) as Record<
      string,
      string
    >;
    return { variables: [{ values, where: (name) => `${name} in .env` }, environment], mistakes: [] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A folder of this name is what some tools keep a virtual environment in.
    const mistakes = code === "ENOENT" || code === "EISDIR" ? [] : [`.env cannot be read: ${message}`];
    return { variables: [environment], mistakes };
  }
}
