import { jsonSchemaOf } from "@pawl/kernel/extend";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";

// Each with the same options: those that JSON has no value for, and those that it does.
const libraries = {
  zod: z.object({
    date: z.date().default(new Date(0)),
    big: z.bigint().optional(),
    map: z.map(z.string(), z.string()).readonly(),
    call: z.function(),
    url: z.instanceof(URL),
    either: z.union([z.date(), z.string()]),
    any: z.unknown(),
    text: z.string().transform((text) => new Date(text)),
  }),
  valibot: toStandardJsonSchema(
    v.object({
      date: v.optional(v.date()),
      big: v.bigint(),
      map: v.map(v.string(), v.string()),
      call: v.function(),
      url: v.instance(URL),
      either: v.union([v.date(), v.string()]),
      any: v.unknown(),
      text: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
      ),
    }),
  ),
  arktype: type({
    date: "Date",
    big: "bigint",
    map: "Map",
    call: "Function",
    url: "URL",
    either: "Date | string",
    any: "unknown",
    text: ["string", "=>", (text) => new Date(text)],
  }),
} as const;

const none = { not: {} };

describe.each(Object.entries(libraries))("C1 the JSON Schema of %s", (_, schema) => {
  const properties = jsonSchemaOf(schema)?.properties as Readonly<Record<string, object>>;

  test.each(["date", "big", "map", "call", "url"])("says that no JSON value fits what JSON has not: %s", (name) => {
    expect(properties[name]).toMatchObject(none);
  });

  test("leaves the rest as it is", () => {
    const { either, any, text } = properties;
    expect((either as { anyOf: unknown[] }).anyOf.toSorted(byText)).toEqual([none, { type: "string" }]);
    expect(any).toEqual({});
    expect(text).toEqual({ type: "string" });
  });
});

test("C1 what zod makes from a text is taken as a text", () => {
  const schema = z.object({ date: z.coerce.date(), big: z.coerce.bigint(), day: z.iso.date().pipe(z.coerce.date()) });
  const properties = jsonSchemaOf(schema)?.properties;
  expect(properties).toMatchObject({ date: {}, big: {}, day: { type: "string" } });
  expect(JSON.stringify(properties)).not.toContain('"not"');
});

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other));
}
