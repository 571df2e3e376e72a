import { type Duration, isDuration, type Schema } from "@pawl/kernel";
import { countField, fieldSchema, isText, textField, textsField } from "@pawl/messages/extend";
import type { JobQuery, JobState } from "./store.ts";

const states: readonly JobState[] = ["waiting", "running", "done", "dead", "cancelled"];

/** What the environment and the command line may say of the service. */
export const jobsSettings: Schema<{ readonly url?: string; readonly keep?: Duration }> = fieldSchema({
  url: {
    must: 'be a URL such as "memory:", "sqlite:./data/app.db" or "postgres://127.0.0.1:5432/app"',
    json: {
      type: "string",
      minLength: 1,
      description: "Where jobs are kept: memory:, sqlite:<path> or postgres://<address>",
    },
    fits: (value) => isText(value) && /^(memory|sqlite|postgres|postgresql):/.test(value),
  },
  keep: {
    must: "be a duration",
    json: { type: "string", description: "How long jobs are kept that are done or cancelled: 1d" },
    fits: isDuration,
  },
});

/** Which jobs. */
export const queryInput: Schema<JobQuery> = fieldSchema({
  name: textField("What they are called"),
  state: {
    must: `be one of ${states.join(", ")}`,
    json: { enum: states },
    fits: (one) => states.includes(one as JobState),
  },
  ids: textsField,
  limit: countField,
});

/** Which job. */
export const idInput: Schema<{ readonly id: string }> = fieldSchema({ id: textField("Its id") }, ["id"]);
