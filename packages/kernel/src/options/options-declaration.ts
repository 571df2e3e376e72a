import { PawlTypeError } from "../errors/pawl-error.ts";
import type { InferInput, InferOutput, Schema } from "../schema.ts";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import { type OptionLeaf, optionLeaves } from "./option-leaves.ts";
import { hasSecretPlace, isSecretPlace } from "./secret-places.ts";
import type { Secrets } from "./shown-value.ts";

/** A schema whose output is an object: what options are. */
export type OptionsSchema = Schema<unknown, object>;

/** The options of a class of services: their schema, and what is special about some. */
export interface OptionsConfig<S extends OptionsSchema> {
  /** Any Standard Schema of an object: zod, valibot, arktype … It may validate asynchronously. */
  readonly options: S;
  /** Those that may be changed while the service runs. @default none */
  readonly live?: readonly (keyof InferOutput<S> & string)[];
  /**
   * Those that are never shown; also all that the schema marks as `writeOnly` or gives the format `password`.
   *
   * @default none
   */
  readonly secret?: readonly (keyof InferInput<S> & string)[];
}

/** The config of any schema. */
export interface AnyOptionsConfig {
  readonly options: OptionsSchema;
  readonly live?: readonly string[];
  readonly secret?: readonly string[];
}

/** What a class declares of its options. */
export class OptionsDeclaration implements Secrets {
  readonly schema: OptionsSchema;
  readonly live: readonly string[];
  readonly #secret: readonly string[];
  #json: { readonly schema: JsonSchema | undefined; readonly leaves: readonly OptionLeaf[] } | undefined;

  /** @throws TypeError `PAWL_BAD_OPTION` */
  constructor(config: AnyOptionsConfig, inherited: OptionsDeclaration | undefined) {
    const { options, live = [], secret = [] } = (config ?? {}) as Partial<AnyOptionsConfig>;
    const standard = (options as { readonly "~standard"?: { readonly validate?: unknown } } | undefined)?.["~standard"];
    if (typeof standard?.validate !== "function") {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        "Service.with({ options }): it is no Standard Schema; give one of zod, valibot, arktype …",
      );
    }
    for (const [key, names] of Object.entries({ live, secret })) {
      if (Array.isArray(names) && names.every((name) => typeof name === "string")) continue;
      throw new PawlTypeError("PAWL_BAD_OPTION", `Service.with({ ${key} }): it must be a list of names of options`);
    }
    this.schema = options as OptionsSchema;
    this.live = [...(inherited?.live ?? []), ...live];
    this.#secret = [...(inherited ? inherited.#secret : []), ...secret];
  }

  /** Of what the schema takes; undefined where its library cannot say. Made when first asked for. */
  get jsonSchema(): JsonSchema | undefined {
    return this.#read().schema;
  }

  /** Every option that the schema names; none where its library cannot say. */
  get leaves(): readonly OptionLeaf[] {
    return this.#read().leaves;
  }

  /** Whether the value at `path` is never to be shown. */
  isSecret(path: readonly PropertyKey[]): boolean {
    const json = this.jsonSchema;
    return this.#secret.includes(String(path[0])) || (json !== undefined && isSecretPlace(json, path));
  }

  /** Whether anything at `path` or below it is never to be shown. */
  hasSecret(path: readonly PropertyKey[]): boolean {
    const json = this.jsonSchema;
    const isDeclared = path.length === 0 ? this.#secret.length > 0 : this.#secret.includes(String(path[0]));
    return isDeclared || (json !== undefined && hasSecretPlace(json, path));
  }

  #read(): { readonly schema: JsonSchema | undefined; readonly leaves: readonly OptionLeaf[] } {
    if (!this.#json) {
      const schema = jsonSchemaOf(this.schema);
      const leaves = schema ? optionLeaves(schema) : [];
      this.#json = {
        schema,
        leaves: leaves.map((leaf) =>
          this.#secret.includes(leaf.path[0] as string) ? { ...leaf, secret: true } : leaf,
        ),
      };
    }
    return this.#json;
  }
}

/** Under it a class keeps its declaration, and subclasses inherit it. */
const declared = Symbol("options");

/** Declares the options of `of`, in place of those that it inherits. */
export function declareOptions(of: object, declaration: OptionsDeclaration): void {
  Object.defineProperty(of, declared, { value: declaration });
}

/** The options that a class declares or inherits. */
export function declaredOptions(of: object): OptionsDeclaration | undefined {
  return Reflect.get(of, declared) as OptionsDeclaration | undefined;
}
