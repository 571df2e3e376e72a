import { nearestName } from "@pawl/kernel/extend";
import type { Variables } from "./environment.ts";
import type { Group } from "./option-group.ts";
import { environmentName } from "./option-names.ts";

/**
 * What to warn of in a file of variables: names that begin as those of a provider's options do, and are none. The
 * environment of the process has names of many programs, and is not looked at.
 *
 * @param own the variables of the app itself: a provider may be called as a part of the app is
 */
export function unknownVariables(
  groups: readonly Group[],
  { values, where }: Variables,
  own: readonly string[],
): readonly string[] {
  const known = groups.flatMap(({ fields }) => fields.flatMap(({ variables }) => variables));
  return Object.keys(values).flatMap((name) => {
    if (known.includes(name) || own.includes(name)) return [];
    const group = groups.find(
      ({ name: of, fields }) => fields.length > 0 && name.startsWith(`${environmentName([of])}_`),
    );
    if (!group) return [];
    const near = nearestName(name, known);
    const all = group.fields.flatMap(({ variables }) => variables).join(", ");
    return [`${where(name)} sets no option of ${group.name}; ${near ? `did you mean ${near}?` : `known are ${all}`}`];
  });
}
