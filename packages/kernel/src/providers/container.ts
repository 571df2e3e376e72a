import type { Resolver } from "awilix";

/** Calls the maker of each named thing when it is asked for. */
export interface Container {
  resolve(name: string): void;
}

/**
 * A container of awilix. It is loaded here and now, since its import takes about 50 ms that a program with nothing to
 * wire need not spend. It wires only: releasing is the scope's, since awilix disposes in creation order, all at once.
 *
 * @param make makes the thing of that name
 */
export async function createContainer(names: Iterable<string>, make: (name: string) => void): Promise<Container> {
  const { createContainer: create, InjectionMode, Lifetime } = await import("awilix");
  const container = create({ injectionMode: InjectionMode.PROXY, strict: false });
  // An object without a prototype is a dictionary from the start: it does not change its shape with each name.
  const resolvers: { [name: string]: Resolver<void> } = Object.create(null);
  // Resolvers of our own: `asFunction` would parse the source of each for parameters that it does not have.
  for (const name of names) resolvers[keyOf(name)] = { resolve: () => make(name), lifetime: Lifetime.TRANSIENT };
  container.register(resolvers);
  return { resolve: (name) => void container.resolve(keyOf(name)) };
}

/** Not the name itself: awilix answers some, such as `constructor` and `toJSON`, without a look at what is registered. */
function keyOf(name: string): string {
  return `provider:${name}`;
}
