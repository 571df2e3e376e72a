import { type JsonSchema, type OptionLeaf, type OptionSpec, optionLeaves } from "@pawl/kernel/extend";
import { environmentName, flagName } from "./option-names.ts";
import { type OptionType, optionType } from "./option-type.ts";

/** One option, as the command line and the environment know it. */
export interface Field {
  /** Within its group: `["http", "port"]`. */
  readonly path: readonly string[];
  /** Without its dashes. */
  readonly flag: string;
  /** Strongest first. */
  readonly variables: readonly string[];
  readonly type: OptionType;
  readonly schema: JsonSchema;
  readonly help: string | undefined;
  /** What counts where nobody says anything, without secrets. */
  readonly fallback: unknown;
  readonly required: boolean;
  readonly secret: boolean;
}

/** An option that is set in code only. */
export interface FieldInCode {
  readonly path: readonly string[];
  readonly help: string | undefined;
  readonly required: boolean;
}

/** The options of one provider, or of one part of the app. */
export interface Group {
  readonly name: string;
  readonly title: string;
  readonly fields: readonly Field[];
  /** Those that no text can stand for. */
  readonly inCode: readonly FieldInCode[];
  /** Said instead of options where nothing is known of them. */
  readonly note?: string;
}

/** The options of a provider by their names on the command line. */
export function providerGroup({ provider, className, jsonSchema, leaves, code, shown }: OptionSpec): Group {
  const group = { name: provider, title: className === "" ? provider : `${provider} (${className})` };
  if (jsonSchema) {
    const fields = leaves.map((leaf) => field(provider, leaf, code, shown));
    return {
      ...group,
      fields: fields.filter(({ type }) => !type.inCodeOnly),
      inCode: fields
        .filter(({ type }) => type.inCodeOnly)
        .map(({ path, help, required, fallback }) => ({
          path,
          help,
          required: required && fallback === undefined,
        })),
    };
  }
  return {
    ...group,
    fields: [],
    inCode: [],
    note: "set in code only: its schema has no JSON Schema (for valibot: toStandardJsonSchema)",
  };
}

/** The options of a part of the app, each with its JSON Schema. */
export function appGroup(name: string, title: string, properties: JsonSchema, code: object): Group {
  const leaves = optionLeaves({ type: "object", properties });
  return { name, title, fields: leaves.map((leaf) => field(name, leaf, code)), inCode: [] };
}

function field(
  group: string,
  { path, schema, secret, required }: OptionLeaf,
  code: object,
  shown: OptionSpec["shown"] = (value) => value,
): Field {
  const inCode = path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], code);
  const also = Array.isArray(schema["x-env"]) ? (schema["x-env"] as string[]) : [];
  return {
    path,
    flag: flagName([group, ...path]),
    variables: [environmentName([group, ...path]), ...also],
    type: optionType(schema),
    schema,
    help: typeof schema.description === "string" ? schema.description : undefined,
    fallback: shown(inCode ?? schema.default, path),
    required,
    secret,
  };
}
