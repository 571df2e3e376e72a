/** Calls the maker of each named thing when it is asked for. */
export interface Container {
  resolve(name: string): void;
}

/**
 * A container of awilix. It is loaded here and now, since its import takes about 50 ms that a program with nothing to
 * wire need not spend. It wires only: releasing is the scope's, since awilix disposes in creation order, all at once.
 */
export async function createContainer(makers: ReadonlyMap<string, () => void>): Promise<Container> {
  const { createContainer: create, InjectionMode, Lifetime } = await import("awilix");
  const container = create({ injectionMode: InjectionMode.PROXY, strict: false });
  for (const [name, make] of makers) {
    // A resolver of our own: `asFunction` would parse the source of each for parameters that it does not have.
    container.register(name, { resolve: (() => make()) as () => never, lifetime: Lifetime.TRANSIENT });
  }
  return { resolve: (name) => void container.resolve(name) };
}
