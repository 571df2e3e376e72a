import { isPromiseLike } from "../bounded.ts";
import { CycleError, StartError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import { type KernelCore, unknownService } from "../kernel-core.ts";
import { cellOf, isService } from "../lifecycle/cell-of.ts";
import { waitFor } from "../lifecycle/wait-graph.ts";
import type { Service } from "../service.ts";
import { type Container, createContainer } from "./container.ts";
import { ProviderEntry } from "./provider-entry.ts";
import type { ProviderSpec } from "./provider-spec.ts";

/** Thrown into a factory that reads a service which has not started: the service starts, then the factory runs anew. */
class StartFirst extends Error {
  readonly need: ProviderEntry;

  constructor(need: ProviderEntry) {
    super(`${need.name} starts first; then this factory is called again`);
    this.need = need;
  }
}

/**
 * The providers of one start of a kernel: makes them, finds out what they need from what they read, and starts each
 * after its needs.
 */
export class Wiring {
  readonly #core: KernelCore;
  readonly #stages: readonly (readonly ProviderEntry[])[];
  readonly #entries = new Map<string, ProviderEntry>();
  readonly #byService = new Map<Service, ProviderEntry>();
  #container: Container | undefined;
  /** Failures of starts that came after the first one. */
  readonly moreFailures: unknown[] = [];
  /** The entries being made right now, the outermost first. */
  readonly #making: ProviderEntry[] = [];

  constructor(core: KernelCore, stages: readonly (readonly ProviderSpec[])[]) {
    this.#core = core;
    this.#stages = stages.map((stage) => stage.map((spec) => this.#add(spec)));
  }

  entry(name: string): ProviderEntry | undefined {
    return this.#entries.get(name);
  }

  entryOf(service: Service): ProviderEntry | undefined {
    return this.#byService.get(service);
  }

  get entries(): Iterable<ProviderEntry> {
    return this.#entries.values();
  }

  /** Starts all stages, one after another; the members of one begin together, in listed order. */
  async startAll(): Promise<void> {
    const makers = new Map<string, () => unknown>();
    for (const entry of this.#entries.values()) {
      if (entry.spec.kind !== "instance") makers.set(entry.name, () => this.#construct(entry));
    }
    if (makers.size > 0) this.#container = await createContainer(makers);
    for (const stage of this.#stages) {
      if (stage.length === 1) await this.ensureStarted(stage[0] as ProviderEntry);
      else await this.#startTogether(stage);
    }
  }

  /** Starts a provider after what it needs, once; whoever asks later waits for the same start. */
  ensureStarted(entry: ProviderEntry): Promise<void> {
    entry.started ??= this.#start(entry);
    return entry.started;
  }

  async #startTogether(stage: readonly ProviderEntry[]): Promise<void> {
    const starts = stage.map((entry) => this.ensureStarted(entry));
    let failed = false;
    for (const start of starts) {
      start.catch((error: unknown) => {
        // The first failure is the start's; what else fails meanwhile joins it.
        if (failed && !isAborted(error)) this.moreFailures.push(error);
        failed = true;
      });
    }
    await Promise.all(starts);
  }

  async #start(entry: ProviderEntry): Promise<void> {
    this.#refuseWhenStopping(entry);
    await this.#make(entry);
    for (const need of entry.needs) await waitFor(entry, need, () => this.ensureStarted(need));
    this.#refuseWhenStopping(entry);
    const { value } = entry;
    if (!isService(value)) return;
    const cell = cellOf(value);
    const { startTimeout, stopTimeout } = entry.spec.options;
    await waitFor(entry, cell, () =>
      cell.start(this.#core.asOwner, {
        name: entry.name,
        held: true,
        ...(startTimeout === undefined ? {} : { startTimeout }),
        ...(stopTimeout === undefined ? {} : { stopTimeout }),
      }),
    );
  }

  /** Makes the value of an entry, where that is not done: a factory in its turn, a class where it is first read. */
  async #make(entry: ProviderEntry): Promise<void> {
    while (!entry.made) {
      let made: unknown;
      try {
        made = this.#resolve(entry);
      } catch (error) {
        if (!(error instanceof StartFirst)) throw entry.startError(error);
        await waitFor(entry, error.need, () => this.ensureStarted(error.need));
        this.#refuseWhenStopping(entry);
        continue;
      }
      if (isPromiseLike(made)) await entry.settle(this.#core, made);
      else entry.keep(this.#core, made);
    }
    if (isService(entry.value)) this.#byService.set(entry.value, entry);
  }

  /** Makes it synchronously, with everything that it reads. */
  #resolve(entry: ProviderEntry): unknown {
    if (entry.made) return entry.value;
    if (this.#making.includes(entry)) {
      const names = this.#making.map(({ name }) => name);
      throw new CycleError([...names.slice(names.indexOf(entry.name)), entry.name]);
    }
    this.#making.push(entry);
    try {
      return (this.#container as Container).resolve(entry.name);
    } finally {
      this.#making.pop();
    }
  }

  #construct(entry: ProviderEntry): unknown {
    entry.needs.clear();
    let reading = true;
    const deps = new Proxy(Object.create(null) as object, {
      get: (_, key) => (typeof key === "string" ? this.#read(entry, key, reading) : undefined),
      has: (_, key) => typeof key === "string" && this.#entries.has(key),
    });
    const result = entry.make(this.#core, deps);
    const seal = () => {
      reading = false;
    };
    if (isPromiseLike(result)) result.then(seal, seal);
    else seal();
    return result;
  }

  #read(reader: ProviderEntry, name: string, reading: boolean): unknown {
    const need = this.#entries.get(name);
    if (!need) {
      // An async function asks its result whether it is a promise.
      if (name === "then") return undefined;
      throw unknownService(`${reader.name} reads "${name}"`, name, [...this.#entries.keys()]);
    }
    if (!reading) {
      throw new PawlError(
        "PAWL_LATE_NEED",
        `${reader.name}: "${name}" was read from its argument after it had been made; read it at once ({ ${name} }), or look it up later with this.service("${name}")`,
        { path: reader.name },
      );
    }
    if (!need.made) {
      const made = this.#resolve(need);
      if (isPromiseLike(made)) {
        need.discard(this.#core, made);
        throw new PawlError(
          "PAWL_ASYNC_FACTORY",
          `${reader.name} needs "${name}", whose factory is async and listed after it; list ${name} before ${reader.name}`,
          { path: reader.name },
        );
      }
      need.keep(this.#core, made);
      if (isService(made)) this.#byService.set(made, need);
    }
    // A factory uses at once what it reads, a constructor only keeps it.
    if (reader.spec.kind === "factory" && isService(need.value) && !cellOf(need.value).resolvable)
      throw new StartFirst(need);
    reader.needs.add(need);
    return need.value;
  }

  #add(spec: ProviderSpec): ProviderEntry {
    const entry = new ProviderEntry(spec);
    this.#entries.set(spec.name, entry);
    if (isService(entry.value)) this.#byService.set(entry.value, entry);
    return entry;
  }

  #refuseWhenStopping(entry: ProviderEntry): void {
    if (!this.#core.stopping) return;
    throw new StartError("PAWL_START_ABORTED", `${entry.name}: a stop was asked for before it had started`, {
      path: entry.name,
    });
  }
}

function isAborted(error: unknown): boolean {
  return PawlError.is(error) && error.code === "PAWL_START_ABORTED";
}
