import { cellOf } from "../lifecycle/cell-of.ts";
import type { InferInput, InferOutput } from "../schema.ts";
import type { Service } from "../service.ts";
import {
  type AnyOptionsConfig,
  declaredOptions,
  declareOptions,
  OptionsDeclaration,
  type OptionsSchema,
} from "./options-declaration.ts";

declare const input: unique symbol;

/** A service with options. */
export interface Configured<S extends OptionsSchema> {
  /**
   * Its options, as its schema gives them, from `onStart` on: one frozen object for each start, kept by a restart of the
   * service.
   *
   * @throws NotRunningError in a constructor or field
   */
  readonly options: Readonly<InferOutput<S>>;
  /** What the schema takes; it exists in types only. */
  readonly [input]: InferInput<S>;
}

/** The class that `Service.with` makes: the same one, with `this.options`. */
// A mixin has to take any arguments: those of the class itself count.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type WithOptions<Class, S extends OptionsSchema> = Class & (abstract new (...args: any[]) => Configured<S>);

/** What may be given to a service as its options in code; nothing where it has none. */
export type OptionsOf<T> = T extends { readonly [input]: infer Input } ? Partial<Input> : never;

/** What a class with options may be given further ones for: the new ones must do where the old ones are read. */
export type Extends<Class, S extends OptionsSchema> = Class extends abstract new (
  ...args: never[]
) => { readonly options: infer Old }
  ? InferOutput<S> extends Old
    ? unknown
    : { readonly options: { readonly "the options do not have what the class extended here reads": Old } }
  : unknown;

/** Makes the subclass of `base` that has options. @throws TypeError `PAWL_BAD_OPTION` */
export function withOptions(base: abstract new () => Service, config: AnyOptionsConfig): abstract new () => Service {
  const declaration = new OptionsDeclaration(config, declaredOptions(base));
  abstract class WithOptions extends base {
    get options(): object {
      return cellOf(this).requireOptions();
    }
  }
  declareOptions(WithOptions, declaration);
  return WithOptions;
}
