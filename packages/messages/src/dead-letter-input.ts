import type { Schema } from "@pawl/kernel";
import type { DeadLetterQuery } from "./engine.ts";
import { countField, fieldSchema, textField, textsField } from "./field-schema.ts";

/** Which dead letters, as it comes from outside; none means all. */
export const deadLetterInput: Schema<DeadLetterQuery> = fieldSchema({
  group: textField("Of this group"),
  event: textField("Of this event or pattern"),
  ids: textsField,
  limit: countField,
});
