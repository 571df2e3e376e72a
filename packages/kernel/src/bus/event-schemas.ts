import { isPromiseLike } from "../bounded.ts";
import { EventPayloadError, EventSchemaError } from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import { isSchema, type Schema } from "../schema.ts";
import { checkEventName } from "./pattern.ts";

/** The schemas that payloads are checked with at the emitter. */
export class EventSchemas {
  readonly #schemas: ReadonlyMap<string, Schema<unknown, unknown>>;

  /** @throws TypeError `PAWL_BAD_EVENT` for a pattern, `PAWL_BAD_OPTION` for what is no Standard Schema */
  constructor(schemas: ReadonlyMap<string, Schema<unknown, unknown>>) {
    for (const [event, schema] of schemas) checkSchema(event, schema);
    this.#schemas = schemas;
  }

  get size(): number {
    return this.#schemas.size;
  }

  /**
   * The payload as the schema of `event` gives it back; as it is where there is none.
   *
   * @throws EventPayloadError; EventSchemaError where the schema validates asynchronously
   */
  parse(event: string, payload: unknown): unknown {
    const schema = this.#schemas.get(event);
    if (!schema) return payload;
    const result = schema["~standard"].validate(payload);
    if (isPromiseLike(result)) {
      // What becomes of it is of no interest: the emit has failed.
      Promise.resolve(result).catch(() => {});
      throw new EventSchemaError(event);
    }
    if (result.issues) throw new EventPayloadError(event, result.issues);
    return result.value;
  }
}

function checkSchema(event: string, schema: unknown): void {
  checkEventName(event);
  if (isSchema(schema)) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `Kernel({ events }): what is given for "${event}" is no Standard Schema; give one of zod, valibot, arktype …`,
  );
}
