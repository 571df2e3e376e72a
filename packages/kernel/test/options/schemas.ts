import type { Schema } from "@pawl/kernel";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

/** The same options, as each library writes them. */
export const libraries = {
  zod: z.object({ every: z.number().positive().default(1), zone: z.string() }),
  valibot: toStandardJsonSchema(v.object({ every: v.optional(v.pipe(v.number(), v.gtValue(0)), 1), zone: v.string() })),
  arktype: type({ every: "number > 0 = 1", zone: "string" }),
} as const;

/** A Standard Schema made by hand. */
export function schema<Output extends object>(
  validate: (value: {
    readonly [key: string]: unknown;
  }) => ReturnType<Schema<unknown, Output>["~standard"]["validate"]>,
): Schema<{ [key: string]: unknown }, Output> {
  return { "~standard": { version: 1, vendor: "by-hand", validate: (value) => validate(value as never) } };
}
