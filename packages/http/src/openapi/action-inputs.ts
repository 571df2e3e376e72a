import type { Schema } from "@pawl/kernel";
import type { StandardJSONSchemaV1 } from "@standard-schema/spec";

type Json = Readonly<Record<string, unknown>>;

/** The inputs of actions as schemas of the document. */
export class ActionInputs {
  /** Under `#/components/schemas`. */
  readonly schemas: Record<string, Json> = {};

  /** What an action takes: nothing, what its schema says, or anything where it cannot say it. */
  requestBody(action: string, schema: Schema | undefined): Json {
    if (!schema) return {};
    const name = `${action}.input`;
    const json = jsonSchemaOf(schema);
    // Its own references count from itself.
    if (json)
      this.schemas[name] = JSON.stringify(json).includes('"$ref"') ? { ...json, $id: `/schemas/${name}` } : json;
    const content = { schema: json ? { $ref: `#/components/schemas/${name}` } : {} };
    return { requestBody: { required: !takesNothing(schema), content: { "application/json": content } } };
  }
}

/** As Standard JSON Schema gives it (https://standardschema.dev/json-schema); undefined where the library or the schema cannot. */
function jsonSchemaOf(schema: Schema): Json | undefined {
  const { jsonSchema } = schema["~standard"] as Partial<StandardJSONSchemaV1.Props>;
  try {
    const { $schema: _, ...json } = jsonSchema?.input({ target: "draft-2020-12" }) ?? { $schema: undefined };
    return jsonSchema && json;
  } catch {
    // A date, a transform … has no form in JSON Schema: the document says of it that it takes something.
    return undefined;
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
