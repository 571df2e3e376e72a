/** Calls the maker of each named thing when it is asked for. */
export interface Container {
  resolve(name: string): void;
}

/**
 * A container of awilix. It is loaded here and now, since its import takes about 50 ms that a program with nothing to
 * wire need not spend. It wires only: releasing is the scope's, since awilix disposes in creation order, all at once.
 */
export async function createContainer(makers: ReadonlyMap<string, () => void>): Promise<Container> {
  const { asFunction, createContainer: create, InjectionMode } = await import("awilix");
  const container = create({ injectionMode: InjectionMode.PROXY, strict: false });
  for (const [name, make] of makers) container.register(name, asFunction(make).transient());
  return { resolve: (name) => void container.resolve(name) };
}
