import { type Duration, isDuration, type Schema } from "@pawl/kernel";
import type { JobQuery, JobState } from "./store.ts";

/** What stands in one field: what it must be in words, and in JSON Schema. */
interface Field {
  readonly must: string;
  readonly json: Readonly<Record<string, unknown>>;
  fits(value: unknown): boolean;
}

const states: readonly JobState[] = ["waiting", "running", "done", "dead", "cancelled"];
const isText = (value: unknown) => typeof value === "string" && value !== "";

function text(description: string): Field {
  return { must: "be a text", json: { type: "string", minLength: 1, description }, fits: isText };
}

/** A schema of an object with these fields and no others; all but the `required` may be left out, and so may all of it. */
function fields<T extends object>(known: Readonly<Record<string, Field>>, required: readonly string[] = []): Schema<T> {
  const json = {
    type: "object",
    properties: Object.fromEntries(Object.entries(known).map(([name, field]) => [name, field.json])),
    required,
    additionalProperties: false,
  };
  const standard = {
    version: 1 as const,
    vendor: "pawl",
    jsonSchema: { input: () => json, output: () => json },
    validate(value: unknown) {
      const given = value ?? {};
      if (typeof given !== "object" || Array.isArray(given)) return { issues: [{ message: "it must be an object" }] };
      const missing = required
        .filter((name) => !(name in given))
        .map((name) => ({ message: "it is missing", path: [name] }));
      const issues = Object.entries(given).flatMap(([name, one]) => {
        const field = Object.hasOwn(known, name) ? known[name] : undefined;
        if (!field)
          return [{ message: `there is no such field; known: ${Object.keys(known).join(", ")}`, path: [name] }];
        return one === undefined || field.fits(one) ? [] : [{ message: `it must ${field.must}`, path: [name] }];
      });
      const all = [...missing, ...issues];
      return all.length > 0 ? { issues: all } : { value: given as T };
    },
  };
  return { "~standard": standard };
}

/** What the environment and the command line may say of the service. */
export const jobsSettings: Schema<{ readonly url?: string; readonly keep?: Duration }> = fields({
  url: {
    must: 'be a URL such as "memory:", "sqlite:./data/app.db" or "postgres://127.0.0.1:5432/app"',
    json: {
      type: "string",
      minLength: 1,
      description: "Where jobs are kept: memory:, sqlite:<path> or postgres://<address>",
    },
    fits: (value) => isText(value) && /^(memory|sqlite|postgres|postgresql):/.test(value as string),
  },
  keep: {
    must: "be a duration",
    json: { type: "string", description: "How long jobs are kept that are done or cancelled: 1d" },
    fits: isDuration,
  },
});

/** Which jobs. */
export const queryInput: Schema<JobQuery> = fields({
  name: text("What they are called"),
  state: {
    must: `be one of ${states.join(", ")}`,
    json: { enum: states },
    fits: (one) => states.includes(one as JobState),
  },
  ids: {
    must: "be a list of texts",
    json: { type: "array", items: { type: "string" } },
    fits: (value) => Array.isArray(value) && value.every(isText),
  },
  limit: {
    must: "be a whole number from 1 on",
    json: { type: "integer", minimum: 1 },
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  },
});

/** Which job. */
export const idInput: Schema<{ readonly id: string }> = fields({ id: text("Its id") }, ["id"]);
