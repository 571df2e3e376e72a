import type { Schema } from "@pawl/kernel";
import { jsonSchemaOf } from "@pawl/kernel/extend";

type Json = Readonly<Record<string, unknown>>;

/** The inputs of actions as schemas of the document. */
export class ActionInputs {
  /** Under `#/components/schemas`. */
  readonly schemas: Record<string, Json> = {};

  /** What an action takes: nothing, or what its schema says, which is anything where its library cannot say it. */
  requestBody(action: string, schema: Schema | undefined): Json {
    if (!schema) return {};
    const name = `${action}.input`;
    const { $schema: _, ...json } = jsonSchemaOf(schema) ?? {};
    // Its own references count from itself.
    this.schemas[name] = JSON.stringify(json).includes('"$ref"') ? { ...json, $id: `/schemas/${name}` } : json;
    const content = { schema: { $ref: `#/components/schemas/${name}` } };
    return { requestBody: { required: !takesNothing(schema), content: { "application/json": content } } };
  }
}

/** Whether it can be called without a body. */
function takesNothing(schema: Schema): boolean {
  try {
    const result = schema["~standard"].validate(undefined);
    if (result instanceof Promise) {
      result.catch(() => {});
      return false;
    }
    return !result.issues;
  } catch {
    return false;
  }
}
