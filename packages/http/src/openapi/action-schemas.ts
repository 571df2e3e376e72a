import type { Schema } from "@pawl/kernel";
import { type ActionInfo, jsonSchemaOf } from "@pawl/kernel/extend";

type Json = Readonly<Record<string, unknown>>;

/** The inputs and results of actions as schemas of the document. */
export class ActionSchemas {
  /** Under `#/components/schemas`. */
  readonly schemas: Record<string, Json> = {};

  /** What an action takes: nothing, or what its schema says, which is anything where its library cannot say it. */
  requestBody(action: string, { schema }: ActionInfo): Json {
    if (!schema) return {};
    const content = this.#content(`${action}.input`, jsonSchemaOf(schema));
    return { requestBody: { required: !takesNothing(schema), content } };
  }

  /** What an action gives: anything that is JSON, unless it says so. */
  responses(action: string, { output }: ActionInfo): Json {
    const json = output ? (jsonSchemaOf(output, "output") ?? {}) : undefined;
    const content = json ? this.#content(`${action}.output`, json) : { "application/json": { schema: {} } };
    const nothing = output && !takesNothing(output) ? {} : { "204": { description: "The action gives nothing." } };
    return { "200": { description: "What the action gives.", content }, ...nothing };
  }

  #content(name: string, { $schema: _, ...json }: Json = {}): Json {
    // Its own references count from itself.
    this.schemas[name] = JSON.stringify(json).includes('"$ref"') ? { ...json, $id: `/schemas/${name}` } : json;
    return { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
  }
}

/** Whether it is content with nothing. */
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
