import type { GivenOption } from "@pawl/kernel/extend";
import type { Mistake, Variables } from "./environment.ts";
import type { Field, Group } from "./option-group.ts";
import { readValue, readValues } from "./read-value.ts";
import type { WrittenFlag } from "./split-arguments.ts";

interface Written {
  readonly group: Group;
  readonly field: Field;
  /** The flags by which it was set, in the order in which they were written. */
  readonly flags: readonly (WrittenFlag & { readonly negated: boolean })[];
}

/** The values that the environment gives to options, weakest first. An empty variable counts as none. */
export function fromEnvironment(groups: readonly Group[], layers: readonly Variables[]): readonly GivenOption[] {
  const fields = groups.flatMap((group) => group.fields.map((field) => ({ group, field })));
  return layers.flatMap(({ values, where }) =>
    fields.flatMap(({ group, field }) => {
      const name = field.variables.find((variable) => values[variable]);
      if (name === undefined) return [];
      const value = readValue(values[name] as string, field.type);
      return [{ provider: group.name, path: field.path, value, source: "environment" as const, where: where(name) }];
    }),
  );
}

/** The values that flags give to options, and the flags that are left over. */
export function fromFlags(
  groups: readonly Group[],
  flags: readonly WrittenFlag[],
): {
  readonly given: readonly GivenOption[];
  readonly mistakes: readonly Mistake[];
  readonly rest: readonly WrittenFlag[];
} {
  const all = groups.flatMap((group) => group.fields.map((field) => ({ group, field })));
  const taken = new Set<WrittenFlag>();
  const written = all.flatMap(({ group, field }): readonly Written[] => {
    const own = flags.flatMap((flag) => {
      const negated = field.type.boolean && flag.name === `no-${field.flag}`;
      if (!negated && flag.name !== field.flag) return [];
      taken.add(flag);
      return [{ ...flag, negated }];
    });
    return own.length > 0 ? [{ group, field, flags: own }] : [];
  });
  const mistakes = written.flatMap(mistakesOf);
  const given = written.map(
    ({ group, field, flags: own }): GivenOption => ({
      provider: group.name,
      path: field.path,
      value: flagValue(field, own),
      source: "flag",
      where: own.at(-1)?.written ?? "",
    }),
  );
  return { given, mistakes, rest: flags.filter((flag) => !taken.has(flag)) };
}

function mistakesOf({ field, flags }: Written): readonly Mistake[] {
  return flags.flatMap(({ written, value, negated }) => {
    if (negated) return value === undefined ? [] : [`${written} takes no value`];
    return value === undefined && !field.type.boolean ? [`${written} needs a value: ${field.type.label}`] : [];
  });
}

function flagValue({ type }: Field, flags: Written["flags"]): unknown {
  const last = flags.at(-1);
  if (last?.negated) return false;
  if (last?.value === undefined) return type.boolean ? true : undefined;
  return readValues(
    flags.flatMap(({ value }) => value ?? []),
    type,
  );
}
