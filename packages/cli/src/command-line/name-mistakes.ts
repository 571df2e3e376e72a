import type { Mistake } from "./environment.ts";
import type { Group } from "./option-group.ts";
import { isNameable } from "./option-names.ts";

/** What the app itself takes from a command line and the environment. */
export interface AppNames {
  readonly groups: readonly Group[];
  /** Without their dashes. */
  readonly flags: readonly string[];
  readonly variables: readonly string[];
}

/** The options of providers that have no name for a command line, and those whose name is taken. */
export function nameMistakes(providers: readonly Group[], app: AppNames): readonly Mistake[] {
  return [...providers.flatMap(unnameable), ...clashes(providers, app)];
}

function unnameable({ name, fields }: Group): readonly Mistake[] {
  const why = "flags and variables are made of the letters a to z and of digits";
  if (fields.length === 0) return [];
  if (!isNameable(name))
    return [`provider "${name}" has options, and ${why}; give it a name of those, such as "clock"`];
  return fields
    .filter(({ path }) => !path.every(isNameable))
    .map(({ path }) => `provider "${name}" has an option "${path.join(".")}", and ${why}; give it a name of those`);
}

function clashes(providers: readonly Group[], app: AppNames): readonly Mistake[] {
  const owners = new Map<string, string>();
  const own = [
    ...app.flags.map((flag) => `--${flag}`),
    ...app.variables,
    ...app.groups.flatMap(({ fields }) => fields.flatMap(namesOf)),
  ];
  for (const written of own) owners.set(written, `the app's own ${written}`);
  return providers.flatMap(({ name, fields }) =>
    fields.flatMap((field) => {
      if (![name, ...field.path].every(isNameable)) return [];
      const option = `provider "${name}" option "${field.path.join(".")}"`;
      // One of its names tells enough: the others are made of the same words.
      const taken = namesOf(field).find((written) => owners.has(written));
      if (taken === undefined) for (const written of namesOf(field)) owners.set(written, option);
      return taken === undefined
        ? []
        : [`${taken} of ${option} and ${owners.get(taken)} have one name; give the provider or the option another one`];
    }),
  );
}

function namesOf({ flag, type, variables }: Group["fields"][number]): readonly string[] {
  return [`--${flag}`, ...(type.boolean ? [`--no-${flag}`] : []), ...variables];
}
