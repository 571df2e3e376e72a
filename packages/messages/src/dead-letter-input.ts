import type { Schema } from "@pawl/kernel";
import type { DeadLetterQuery } from "./engine.ts";

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** What stands in each field: what it must be in words, in JSON Schema, and whether it is. */
const fields: Readonly<Record<string, readonly [must: string, json: object, fits: (value: unknown) => boolean]>> = {
  group: ["be a text", { type: "string", description: "Of this group" }, isText],
  event: ["be a text", { type: "string", description: "Of this event or pattern" }, isText],
  ids: [
    "be a list of texts",
    { type: "array", items: { type: "string" } },
    (value) => Array.isArray(value) && value.every(isText),
  ],
  limit: [
    "be a whole number from 1 on",
    { type: "integer", minimum: 1 },
    (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  ],
};

const json = {
  type: "object",
  properties: Object.fromEntries(Object.entries(fields).map(([name, [, one]]) => [name, one])),
  additionalProperties: false,
};

const standard = {
  version: 1 as const,
  vendor: "pawl",
  jsonSchema: { input: () => json, output: () => json },
  validate(value: unknown) {
    const given = value ?? {};
    if (typeof given !== "object" || Array.isArray(given)) return { issues: [{ message: "it must be an object" }] };
    const issues = Object.entries(given).flatMap(([name, one]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!field)
        return [{ message: `there is no such field; known: ${Object.keys(fields).join(", ")}`, path: [name] }];
      const [must, , fits] = field;
      return one === undefined || fits(one) ? [] : [{ message: `it must ${must}`, path: [name] }];
    });
    return issues.length > 0 ? { issues } : { value: given as DeadLetterQuery };
  },
};

/** Which dead letters, as it comes from outside; none means all. */
export const deadLetterInput: Schema<DeadLetterQuery> = { "~standard": standard };
