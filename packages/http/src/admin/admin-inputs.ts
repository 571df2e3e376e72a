import type { Schema } from "@pawl/kernel";

type Kind = "text" | "object";
type Fields = Readonly<Record<string, Kind>>;
type Value<K extends Kind> = K extends "text" ? string : Readonly<Record<string, unknown>>;
/** An input with these fields, each of which may be left out. */
export type Input<F extends Fields> = { readonly [K in keyof F]?: Value<F[K]> };

/** A schema of an object with these fields and no others; nothing at all is an empty one. */
export function fields<const F extends Fields>(wanted: F): Schema<Input<F> | undefined, Input<F>> {
  const known = Object.keys(wanted).join(", ");
  return {
    "~standard": {
      version: 1,
      vendor: "pawl",
      validate(value) {
        if (value === undefined || value === null) return { value: {} };
        if (!isObject(value)) return { issues: [{ message: "it must be an object" }] };
        const issues = Object.entries(value).flatMap(([key, given]) => {
          const kind = Object.hasOwn(wanted, key) ? wanted[key] : undefined;
          if (kind === undefined) return [{ message: `there is no such field; known: ${known}`, path: [key] }];
          const fits = kind === "text" ? typeof given === "string" && given !== "" : isObject(given);
          return fits ? [] : [{ message: `it must be ${kind === "text" ? "a text" : "an object"}`, path: [key] }];
        });
        return issues.length > 0 ? { issues } : { value: value as Input<F> };
      },
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
