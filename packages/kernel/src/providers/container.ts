import type { Resolver } from "awilix";

/** Calls the maker of each thing when it is asked for. */
export interface Container {
  resolve(key: symbol): void;
}

/**
 * A container of awilix. It is loaded here and now, since its import takes about 50 ms that a program with nothing to
 * wire need not spend. It wires only: releasing is the scope's, since awilix disposes in creation order, all at once.
 *
 * @param makers by keys that are no names: awilix answers some, such as `constructor` and `toJSON`, without a look at what
 *   is registered
 */
export async function createContainer(makers: Iterable<readonly [key: symbol, make: () => void]>): Promise<Container> {
  const { createContainer: create, InjectionMode, Lifetime } = await import("awilix");
  const container = create({ injectionMode: InjectionMode.PROXY, strict: false });
  // An object without a prototype is a dictionary from the start: it does not change its shape with each key.
  const resolvers: { [key: symbol]: Resolver<void> } = Object.create(null);
  // Resolvers of our own: `asFunction` would parse the source of each for parameters that it does not have.
  for (const [key, make] of makers) resolvers[key] = { resolve: make, lifetime: Lifetime.TRANSIENT };
  container.register(resolvers);
  return { resolve: (key) => void container.resolve(key) };
}
