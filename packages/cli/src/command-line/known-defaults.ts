import type { OptionSpec } from "@pawl/kernel/extend";
import type { Field, Group } from "./option-group.ts";

/**
 * The groups with the defaults that a JSON Schema does not tell, as arktype's: what the schema makes of the options that
 * stand in code. Nothing is known where that does not fit, since an option is missing, nor of a schema that answers later:
 * help waits for nothing.
 */
export function withKnownDefaults(groups: readonly Group[], specs: readonly OptionSpec[]): readonly Group[] {
  return groups.map((group) => {
    const spec = specs.find(({ provider }) => provider === group.name);
    if (!spec || !group.fields.some(isUnknown)) return group;
    const options = outputOf(spec);
    return {
      ...group,
      fields: group.fields.map((field) =>
        isUnknown(field) ? { ...field, fallback: spec.shown(plainAt(options, field.path), field.path) } : field,
      ),
    };
  });
}

function isUnknown({ fallback, required }: Field): boolean {
  return fallback === undefined && !required;
}

function outputOf({ schema, code }: OptionSpec): unknown {
  try {
    const result = schema["~standard"].validate(code);
    if (!("then" in result)) return result.issues ? undefined : result.value;
    // As below: the start tells how it fails.
    result.then(undefined, () => {});
    return undefined;
  } catch {
    // A schema that fails is told by the start; help is there in any case.
    return undefined;
  }
}

/** What can be shown of the value at `path`. */
function plainAt(options: unknown, path: readonly string[]): unknown {
  const value = path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], options);
  return ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value) ? value : undefined;
}
