import { StartError } from "../errors/errors.ts";
import type { OptionSource } from "./option-values.ts";

/** One value that does not fit, or one that is missing. */
export interface OptionIssue {
  /** Owner path of the service: `clock`. */
  readonly path: string;
  /** `every`, `http.port`; empty for the options as a whole. */
  readonly key: string;
  readonly source: OptionSource;
  /** What it was given by: `CLOCK_EVERY`, `--clock-every`, `providers.clock`; undefined where it was not given. */
  readonly where: string | undefined;
  /** What was given; left out for secrets, and where nothing was. */
  readonly given?: unknown;
  /** What the schema says about it. */
  readonly expected: string;
  /** What the schema threw, where it failed itself; left out where the service has secrets. */
  readonly cause?: unknown;
}

/** Options that do not fit their schema: all of them, of every service of the start. Nothing has started. */
export class OptionsError extends StartError {
  readonly issues: readonly OptionIssue[];

  constructor(issues: readonly OptionIssue[]) {
    const [first] = issues;
    const lines = issues.map((issue) => `\n  - ${optionIssueLine(issue)}`).join("");
    super(
      "PAWL_BAD_OPTIONS",
      `${issues.length} ${issues.length === 1 ? "option does" : "options do"} not fit:${lines}`,
      {
        path: first?.path,
        cause: issues.find(({ cause }) => cause !== undefined)?.cause,
      },
    );
    this.issues = issues;
  }
}

/** `clock.every: expected number (--clock-every is "soon")` */
export function optionIssueLine({ path, key, where, expected, ...issue }: OptionIssue): string {
  const name = key === "" ? `options of ${path}` : `${path}.${key}`;
  if (where === undefined && key === "") return `${name}: ${expected}`;
  if (where === undefined) return `${name}: ${expected} (not given)`;
  return `${name}: ${expected} (${where}${"given" in issue ? ` is ${shown(issue.given)}` : ""})`;
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
