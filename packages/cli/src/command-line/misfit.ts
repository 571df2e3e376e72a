import type { Field } from "./option-group.ts";

/** What does not fit about the value of an option of the app itself, which has no schema library; undefined where it fits. */
export function misfit(value: unknown, { type, schema }: Field): string | undefined {
  const { minimum, maximum, minLength } = schema as { minimum?: number; maximum?: number; minLength?: number };
  if (type.choices.length > 0) {
    return type.choices.includes(value) ? undefined : `it must be one of ${type.choices.map(String).join(", ")}`;
  }
  if (type.number) {
    const fits =
      Number.isInteger(value) &&
      (value as number) >= (minimum ?? 0) &&
      (value as number) <= (maximum ?? Number.MAX_SAFE_INTEGER);
    return fits ? undefined : `it must be a whole number from ${minimum} to ${maximum}`;
  }
  return typeof value === "string" && value.length >= (minLength ?? 0) ? undefined : "it must not be empty";
}
