import { isService } from "../lifecycle/cell-of.ts";
import type { Service } from "../service.ts";
import type { ProviderSpec } from "./provider-spec.ts";

/** What a start would start, as far as that can be known before it. */
export interface PlannedStart {
  /** In listed order. */
  readonly names: readonly string[];
  /** Those of them that may need more: factories that read something, and what could not be made without a start. */
  readonly open: readonly string[];
}

/**
 * Finds out what the `chosen` providers need, by what their constructors read and their `dependencies` say. Constructors
 * are called as a start calls them, and what they made is dropped; nothing starts, and no factory is called.
 */
export function planStart(specs: readonly ProviderSpec[], chosen: readonly string[]): PlannedStart {
  const plan = new Plan(specs);
  for (const name of chosen) plan.add(name);
  const listed = (names: ReadonlySet<string>) => specs.map(({ name }) => name).filter((name) => names.has(name));
  return { names: listed(plan.names), open: listed(plan.open) };
}

class Plan {
  readonly names = new Set<string>();
  readonly open = new Set<string>();
  readonly #specs: ReadonlyMap<string, ProviderSpec>;
  readonly #nameOf = new Map<unknown, string>();
  readonly #made = new Map<string, unknown>();
  /** Dependencies that are no providers, each looked at once. */
  readonly #others = new Set<Service>();

  constructor(specs: readonly ProviderSpec[]) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    for (const { name, kind, target } of specs) if (kind === "instance") this.#nameOf.set(target, name);
  }

  /** Takes a provider into the start, with what it needs; gives what it is, where that is known. */
  add(name: string): unknown {
    const spec = this.#specs.get(name);
    if (!spec || this.names.has(name)) return this.#made.get(name);
    this.names.add(name);
    if (spec.kind === "factory") {
      if ((spec.target as () => unknown).length > 0) this.open.add(name);
    } else {
      try {
        this.#take(spec);
      } catch {
        // It may want what only a start gives it, and if it fails there as well the start says so.
        this.open.add(name);
      }
    }
    return this.#made.get(name);
  }

  #take({ name, kind, target }: ProviderSpec): void {
    const reads = new Proxy(Object.create(null) as object, {
      get: (_, key) => (typeof key === "string" ? this.add(key) : undefined),
      has: (_, key) => typeof key === "string" && this.#specs.has(key),
    });
    const service = (kind === "class" ? new (target as new (reads: object) => Service)(reads) : target) as Service;
    this.#made.set(name, service);
    this.#nameOf.set(service, name);
    this.#addDependencies(service);
  }

  #addDependencies(service: Service): void {
    for (const dependency of service.dependencies.flat()) {
      const name = this.#nameOf.get(dependency);
      if (name !== undefined) this.add(name);
      else if (isService(dependency) && !this.#others.has(dependency)) {
        this.#others.add(dependency);
        this.#addDependencies(dependency);
      }
    }
  }
}
