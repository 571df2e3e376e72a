import type { Logger } from "@pawl/kernel";
import { type GivenOption, nearestName, type OptionSpec } from "@pawl/kernel/extend";
import type { LogSettings } from "../logs/logger-options.ts";
import { appGroups, type Face, type HttpFlags } from "./app-options.ts";
import { type Mistake, readEnvironment } from "./environment.ts";
import { fromEnvironment, fromFlags } from "./given-options.ts";
import { misfit } from "./misfit.ts";
import { nameMistakes } from "./name-mistakes.ts";
import { type Group, providerGroup } from "./option-group.ts";
import { flagName } from "./option-names.ts";
import { splitArguments, type WrittenFlag } from "./split-arguments.ts";
import { unknownVariables } from "./unknown-variables.ts";

/** What an app offers on its command line. */
export interface Offer {
  readonly specs: readonly OptionSpec[];
  /** What `--only` may name. */
  readonly names: readonly string[];
  readonly logger: Logger;
  readonly face: Face;
}

/** Where values come from. */
export interface Sources {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of `.env`. */
  readonly folder: string;
}

/** What a person wants of an app. */
export interface CommandLine {
  readonly action: "help" | "version" | "list" | "check" | "run";
  /** Of the providers. */
  readonly groups: readonly Group[];
  /** Of the app itself. */
  readonly appGroups: readonly Group[];
  /** For the options of providers, weakest first. */
  readonly given: readonly GivenOption[];
  readonly only: readonly string[] | undefined;
  readonly log: LogSettings;
  readonly http: HttpFlags;
  readonly mistakes: readonly Mistake[];
  /** What looks like a mistake, and may be meant. */
  readonly warnings: readonly string[];
}

const plain = ["help", "version", "check"] as const;
const onlyVariable = "PAWL_ONLY";

/** Reads the command line and the environment, all the way to the end: every mistake is found. */
export function readCommandLine(offer: Offer, { argv, environment, folder }: Sources): CommandLine {
  const ofProviders = offer.specs.map(providerGroup);
  const ofApp = appGroups(offer.logger, offer.face);
  const groups = [...ofApp, ...ofProviders];
  const variables = [onlyVariable, ...(offer.face.variables ?? []).map(({ name }) => name)];
  const ownVariables = [...variables, ...ofApp.flatMap((group) => group.fields.flatMap((field) => field.variables))];
  const fields = groups.flatMap((group) => group.fields);
  const switches = fields.filter(({ type }) => type.boolean).flatMap(({ flag }) => [flag, `no-${flag}`]);
  const valued = [...fields.filter(({ type }) => !type.boolean).map(({ flag }) => flag), "only"];
  const { flags, others } = splitArguments(argv, { valued, plain: [...switches, ...plain], short: { h: "help" } });

  const file = readEnvironment(environment, folder);
  // Apart from each other: a provider may be called as a part of the app is.
  const appFlags = fromFlags(ofApp, flags);
  const byFlag = fromFlags(ofProviders, appFlags.rest);
  const app = appValues(ofApp, [...fromEnvironment(ofApp, file.variables), ...appFlags.given]);
  const has = (name: string) => byFlag.rest.some((flag) => flag.name === name);
  const own = byFlag.rest.filter(({ name }) => name === "only");
  const only = chosenNames(
    own,
    file.variables.map(({ values }) => values[onlyVariable]).findLast(Boolean),
    offer.names,
  );
  const unknown = byFlag.rest.filter(({ name }) => name !== "only" && !plain.some((known) => known === name));

  const isList = own.some(({ value }) => value === undefined);
  return {
    action: has("help") ? "help" : has("version") ? "version" : isList ? "list" : has("check") ? "check" : "run",
    groups: ofProviders,
    appGroups: ofApp,
    given: [...fromEnvironment(ofProviders, file.variables), ...byFlag.given],
    only: only.names,
    log: app.values.log ?? {},
    http: app.values.http ?? {},
    mistakes: [
      ...nameMistakes(ofProviders, { groups: ofApp, flags: [...plain, "only"], variables }),
      ...unknown.map((flag) => unknownFlag(flag, [...valued, ...switches, ...plain], ofProviders)),
      ...others.map((argument) => `${argument}: it belongs to no flag, and no other arguments are taken`),
      ...appFlags.mistakes,
      ...byFlag.mistakes,
      ...only.mistakes,
      ...app.mistakes,
      ...file.mistakes,
    ],
    // The last are those of the process.
    warnings: file.variables
      .slice(0, -1)
      .flatMap((variables) => unknownVariables(ofProviders, variables, ownVariables)),
  };
}

interface AppValues {
  readonly values: { log?: LogSettings; http?: HttpFlags };
  readonly mistakes: readonly Mistake[];
}

/** The values of the app's own options: the strongest of each. */
function appValues(groups: readonly Group[], given: readonly GivenOption[]): AppValues {
  const values: Record<string, Record<string, unknown>> = {};
  const mistakes: Mistake[] = [];
  for (const { name, fields } of groups) {
    for (const field of fields) {
      const [key = ""] = field.path;
      const strongest = given.findLast(({ provider, path }) => provider === name && path[0] === key);
      if (strongest?.value === undefined) continue;
      const problem = misfit(strongest.value, field);
      if (problem)
        mistakes.push(`${name}.${key}: ${problem} (${strongest.where} is ${JSON.stringify(strongest.value)})`);
      else values[name] = { ...values[name], [key]: strongest.value };
    }
  }
  return { values, mistakes };
}

function chosenNames(
  flags: readonly WrittenFlag[],
  variable: string | undefined,
  known: readonly string[],
): { readonly names: readonly string[] | undefined; readonly mistakes: readonly Mistake[] } {
  const [where, texts] =
    flags.length > 0 ? ["--only", flags.map(({ value }) => value ?? "")] : [onlyVariable, variable ? [variable] : []];
  const names = texts
    .flatMap((text) => text.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const mistakes = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `${where}: there is no provider "${name}"${near === undefined ? "." : `; did you mean "${near}"?`} Known: ${known.join(", ") || "none"}`;
    });
  if (names.length === 0 && texts.length > 0) mistakes.push(`${where}: it names no provider`);
  // Where one is wrong, the options of all are validated: nobody knows which were meant.
  return { names: names.length > 0 && mistakes.length === 0 ? names : undefined, mistakes };
}

function unknownFlag({ written, name }: WrittenFlag, known: readonly string[], groups: readonly Group[]): Mistake {
  const inCode = groups.flatMap((group) => group.inCode.map(({ path }) => [group.name, ...path]));
  const meant = inCode.find((path) => flagName(path) === name);
  if (meant) return `${written}: there is no such flag; ${meant.join(".")} is set in code only`;
  const near = nearestName(name, known);
  if (near !== undefined) return `${written}: there is no such flag; did you mean --${near}?`;
  const group = groups.find(({ name: of, note }) => note && name.startsWith(`${of}-`));
  return `${written}: there is no such flag${group ? `; the options of ${group.name} are ${group.note}` : ""}`;
}
