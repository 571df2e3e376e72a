import { coreOf, type Kernel } from "../kernel.ts";
import { cellOf } from "../lifecycle/cell-of.ts";
import type { JsonSchema } from "../options/json-schema.ts";
import { refuseOptions } from "../options/kernel-options.ts";
import type { OptionLeaf } from "../options/option-leaves.ts";
import type { GivenOption } from "../options/option-values.ts";
import type { OptionsSchema } from "../options/options-declaration.ts";
import { shownValue } from "../options/shown-value.ts";
import { type PlannedStart, planStart } from "../providers/planned-start.ts";
import type { Service } from "../service.ts";

/** The options of one provider, for a command line. */
export interface OptionSpec {
  readonly provider: string;
  readonly className: string;
  readonly schema: OptionsSchema;
  /** Undefined where the library of the schema cannot say what it takes. */
  readonly jsonSchema: JsonSchema | undefined;
  /** Every option that the JSON Schema names, nested ones by their path. */
  readonly leaves: readonly OptionLeaf[];
  /** Config in code. */
  readonly code: object;
  /** The value that stands at `path` as plain JSON, without secrets. */
  readonly shown: (value: unknown, path: readonly string[]) => unknown;
}

/** The options of all providers, in listed order; of what a factory makes nothing is known before it was called. */
export function optionSpecs(kernel: Kernel): readonly OptionSpec[] {
  return coreOf(kernel).options.providers.map(({ name, className, declaration, code }) => ({
    provider: name,
    className,
    schema: declaration.schema,
    jsonSchema: declaration.jsonSchema,
    leaves: declaration.leaves,
    code,
    shown: (value, path) => shownValue(value, path, declaration),
  }));
}

/** Gives values from outside of the program to the starts that follow, weakest first, in place of those given before. */
export function giveOptions(kernel: Kernel, given: readonly GivenOption[]): void {
  coreOf(kernel).options.give(given);
}

/**
 * Validates the options as a start does, and starts nothing; the next start takes over what the schemas gave.
 *
 * @throws OptionsError with all that does not fit
 */
export async function validateOptions(kernel: Kernel): Promise<void> {
  const core = coreOf(kernel);
  await core.options.validateAhead(core);
}

/**
 * Changes options of a running service that are declared as live: validates all of them anew, then `this.options` is
 * another frozen object, and the fact `options.changed` is recorded.
 *
 * @throws TypeError `PAWL_BAD_OPTION` for one that is not live; OptionsError; NotRunningError
 */
export async function changeOptions(service: Service, changes: object): Promise<void> {
  const cell = cellOf(service);
  const scope = cell.requireWork("options");
  const { options, path } = cell;
  if (!options) return refuseOptions({ options: changes }, service.constructor, path);
  const keys = await options.change(path, changes);
  scope.core.facts.record("options.changed", { path, keys });
}

/** The names of all providers, in listed order. */
export function providerNames(kernel: Kernel): readonly string[] {
  return coreOf(kernel).providerNames;
}

/** What a start of these providers would start; their constructors are called, and nothing starts. */
export function plannedStart(kernel: Kernel, names: readonly string[]): PlannedStart {
  return planStart(coreOf(kernel).settings.providers, names);
}

/** Limits the starts that follow to these providers, and what they need; undefined takes the limit away. */
export function startOnly(kernel: Kernel, names: readonly string[] | undefined): void {
  coreOf(kernel).only = names && new Set(names);
}
