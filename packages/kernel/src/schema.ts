import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Any Standard Schema (https://standardschema.dev): zod, valibot, arktype … */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;
/** What a schema takes. */
export type InferInput<S extends StandardSchemaV1> = StandardSchemaV1.InferInput<S>;
/** What a schema gives. */
export type InferOutput<S extends StandardSchemaV1> = StandardSchemaV1.InferOutput<S>;

/** Whether `value` is a Standard Schema. Those of some libraries are functions. */
export function isSchema(value: unknown): value is Schema {
  const standard = (value as { readonly "~standard"?: { readonly validate?: unknown } } | null | undefined)?.[
    "~standard"
  ];
  return typeof standard?.validate === "function";
}
