import { milliseconds } from "../duration.ts";
import { restartPolicyOf, type SuperviseOptions } from "../lifecycle/restart-policy.ts";
import type { OptionsOf } from "../options/with-options.ts";
import type { ServiceMap } from "../registry.ts";
import type { Service } from "../service.ts";

/** What a constructor or a factory gets: every declared service, or anything while none is declared. */
export type Deps = [keyof ServiceMap] extends [never] ? never : ServiceMap;
/** A class whose constructor takes the services it needs, or nothing. */
export type ServiceClass<T = Service, D = Deps> = new (deps: D) => T;
/**
 * Makes a service or a plain value, given the providers that it reads from its argument; may be async. Read first, then
 * acquire: where it reads a service that has not started, it is left there, and called again when that service has.
 */
export type Factory<T = unknown, D = Deps> = (deps: D) => T | Promise<T>;

/** How one provider is started, stopped, restarted and released. */
export interface ProvideOptions<T = unknown> extends SuperviseOptions {
  /** Config in code: over the defaults of its schema, and under environment and flags. */
  readonly options?: OptionsOf<T>;
  /**
   * How a plain value is released: a function, or false where somebody else does it.
   *
   * @default the rule of `own`, where the value has such a method
   */
  readonly release?: false | ((value: T) => unknown);
}

const provided = Symbol.for("pawl.provided");
declare const types: unique symbol;

/** What {@link provide} makes: an entry of `providers` with options. */
export interface Provided<T = unknown, D = Deps> {
  readonly target: unknown;
  readonly options: ProvideOptions<never>;
  readonly [types]?: (deps: D) => T;
}

/** An entry of `providers` under a name that nothing declares. */
export type AnyProvider = Service | ServiceClass | Factory | Provided;
/** An entry under a name that `Services` declares as `T`. */
export type ProviderOf<T> = T | ServiceClass<T> | Factory<T> | Provided<T>;

type Entry = Service | (new (deps: never) => Service) | ((deps: never) => unknown);
type DepsOf<E> = E extends new (deps: infer D) => unknown ? D : E extends (deps: infer D) => unknown ? D : unknown;

/**
 * An entry of `providers` with options of its own.
 *
 * @throws TypeError or RangeError `PAWL_BAD_DURATION`, `PAWL_BAD_OPTION`
 * @example
 * provide(Metrics, { restart: "on-failure" });
 * provide(Metrics, { startTimeout: "5s", stopTimeout: "30s" });
 * provide(Clock, { options: { every: 2 } });
 * provide(() => createPool(url), { release: (pool) => pool.drain() });
 */
// `Deps` must not be named in the signature: `Services extends ServicesOf<typeof providers>` would become circular.
export function provide<E extends Entry>(
  entry: E,
  options: ProvideOptions<Resolved<E>>,
): Provided<Resolved<E>, DepsOf<E>> {
  for (const key of ["startTimeout", "stopTimeout"] as const) {
    if (options[key] !== undefined) milliseconds(options[key], `provide(…, { ${key} })`);
  }
  restartPolicyOf(options, "provide()");
  return { target: entry, options, [provided]: true } as unknown as Provided<Resolved<E>, DepsOf<E>>;
}

export function isProvided(value: unknown): value is Provided {
  return typeof value === "object" && value !== null && provided in value;
}

/** Providers by name; as a member of an array they are a stage and start together. */
export type Stage = { readonly [name: string]: AnyProvider };
/** An object: one after another in listed order. An array of objects: stages, one after another. */
export type Providers = Stage | readonly Stage[];
type DeclaredStage<S> = { readonly [K in keyof S]: K extends keyof ServiceMap ? ProviderOf<ServiceMap[K]> : unknown };
/** What `Services` demands of the names in `P`. */
export type Declared<P> = P extends readonly unknown[]
  ? { readonly [I in keyof P]: DeclaredStage<P[I]> }
  : DeclaredStage<P>;

/** The service or value that an entry gives. */
export type Resolved<E> = E extends abstract new (
  ...args: never[]
) => infer T
  ? T
  : E extends (...args: never[]) => infer T
    ? Awaited<T>
    : E extends Provided<infer T, never>
      ? T
      : E;
type Flat<P> = P extends readonly (infer S)[] ? S : P;
type Keys<S> = S extends S ? keyof S & string : never;
type At<S, K> = S extends S ? (K extends keyof S ? S[K] : never) : never;
/** `{ metrics: Metrics; … }` from what `providers` holds. */
export type ServicesOf<P> = { readonly [K in Keys<Flat<P>>]: Resolved<At<Flat<P>, K>> };
