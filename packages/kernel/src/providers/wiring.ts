import { CycleError, StartError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import { type KernelCore, unknownService } from "../kernel-core.ts";
import type { Owner } from "../lifecycle/owner.ts";
import { abortedStart, failedStart } from "../lifecycle/start-failure.ts";
import { noteWait, waitFor } from "../lifecycle/wait-graph.ts";
import type { Service } from "../service.ts";
import { type Container, createContainer } from "./container.ts";
import { ProviderEntry } from "./provider-entry.ts";
import type { ProviderSpec } from "./provider-spec.ts";
import { StartFirst } from "./start-first.ts";

/**
 * The providers of one start of a kernel: makes them, finds out what they need from what they read, and starts each
 * after its needs.
 */
export class Wiring {
  readonly #core: KernelCore;
  readonly #stages: readonly (readonly ProviderEntry[])[];
  readonly #entries = new Map<string, ProviderEntry>();
  readonly #byService = new Map<Service, ProviderEntry>();
  /** Plain values that a provider has made. */
  readonly #values = new Set<unknown>();
  readonly #failures = new Set<unknown>();
  #container: Container | undefined;
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
    const toMake = [...this.#entries.values()].filter(({ made }) => !made);
    if (toMake.length > 0) {
      this.#container = await createContainer(
        toMake.map((entry) => [entry.key, () => this.#construct(entry)] as const),
      );
    }
    for (const all of this.#stages) {
      const stage = all.filter(({ name }) => this.#core.isChosen(name));
      const [first] = stage;
      if (first && stage.length === 1) await this.ensureStarted(first);
      else await Promise.all(stage.map((entry) => this.ensureStarted(entry)));
    }
  }

  /** Starts a provider after what it needs, once; whoever asks later waits for the same start. */
  ensureStarted(entry: ProviderEntry): Promise<void> {
    if (!entry.started) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // There before anything of it runs: what it starts may depend on it.
      entry.started = promise;
      this.#start(entry).then(resolve, (error: unknown) => {
        this.#failures.add(error);
        // Whoever waits for it sees the failure; that nobody does is no second one.
        promise.catch(() => {});
        reject(error);
      });
    }
    return entry.started;
  }

  /** How starts have failed so far; resolves when none is under way. */
  async failures(): Promise<Iterable<unknown>> {
    await Promise.allSettled([...this.#entries.values()].filter(({ up }) => !up).map(({ started }) => started));
    return this.#failures;
  }

  /** Takes note that `entry` has made `service`. */
  nameService(service: Service, entry: ProviderEntry): void {
    this.#byService.set(service, entry);
  }

  /** Takes note of a value that a provider has made; gives whether it is the first to have made it. */
  claimValue(value: unknown): boolean {
    if (this.#values.has(value)) return false;
    this.#values.add(value);
    return true;
  }

  // Without an await that nothing needs: the members of a stage begin in listed order.
  async #start(entry: ProviderEntry): Promise<void> {
    this.#refuseWhenStopping(entry);
    while (!entry.made) {
      try {
        if (!entry.pending) this.#make(entry);
        if (entry.pending) await entry.settle(this.#core);
      } catch (error) {
        if (error instanceof StartError) throw error;
        if (!(error instanceof StartFirst)) throw failedStart(entry.name, error, []);
        await waitFor(entry, error.need, () => this.ensureStarted(error.need));
        this.#refuseWhenStopping(entry);
      }
    }
    for (const need of entry.needs) if (!need.up) await waitFor(entry, need, () => this.ensureStarted(need));
    this.#refuseWhenStopping(entry);
    await this.startAgain(entry);
    entry.up = true;
  }

  /** Starts the service of an entry that is made, where it is one. @throws StartError */
  async startAgain(entry: ProviderEntry): Promise<void> {
    const { cell } = entry;
    if (!cell) return;
    noteWait(entry, cell);
    try {
      const { kind, options, policy } = entry.spec;
      // The classes of all others were looked at when the kernel was made.
      const inCode = kind === "factory" ? cell.optionsInCode(options.options, `providers.${entry.name}`) : undefined;
      const ofStart = this.#core.options.of(entry.name) ?? inCode ?? null;
      const spec = { ...options, name: entry.name, reserved: true, held: true, policy, options: ofStart };
      await cell.start(this.#core.owner as Owner, spec);
    } finally {
      entry.waitingFor.delete(cell);
    }
  }

  /** Makes an entry with everything that it reads; an async factory is then pending. */
  #make(entry: ProviderEntry): void {
    this.#making.push(entry);
    try {
      (this.#container as Container).resolve(entry.key);
    } finally {
      this.#making.pop();
    }
  }

  #construct(entry: ProviderEntry): void {
    entry.needs.clear();
    let reading = true;
    const seal = () => {
      reading = false;
    };
    const deps = new Proxy(Object.create(null) as object, {
      get: (_, key) => (typeof key === "string" ? this.#read(entry, key, reading) : undefined),
      has: (_, key) => typeof key === "string" && this.#entries.has(key),
    });
    const pending = entry.make(this.#core, deps);
    if (pending) void pending.then(seal);
    else seal();
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
    if (!need.made) this.#makeFor(reader, need);
    // A factory uses at once what it reads, a constructor only keeps it.
    if (reader.spec.kind === "factory" && need.cell && !need.up) throw new StartFirst(need);
    reader.needs.add(need);
    return need.value;
  }

  /** Makes what `reader` reads before its turn. */
  #makeFor(reader: ProviderEntry, need: ProviderEntry): void {
    if (this.#making.includes(need)) {
      const names = this.#making.map(({ name }) => name);
      throw new CycleError([...names.slice(names.indexOf(need.name)), need.name]);
    }
    // It has begun by itself, in the same stage: its factory is async, or waits for a service in turn.
    if (need.started) throw new StartFirst(need);
    this.#make(need);
    if (!need.pending) return;
    // Called already: it is waited for and let go like any other that is starting.
    this.ensureStarted(need).catch(() => {});
    throw new PawlError(
      "PAWL_ASYNC_FACTORY",
      `${reader.name} needs "${need.name}", whose factory is async and listed after it; list ${need.name} before ${reader.name}`,
      { path: reader.name },
    );
  }

  #add(spec: ProviderSpec): ProviderEntry {
    const entry = new ProviderEntry(spec);
    this.#entries.set(spec.name, entry);
    if (entry.cell) this.#byService.set(entry.cell.service, entry);
    return entry;
  }

  #refuseWhenStopping(entry: ProviderEntry): void {
    if (this.#core.stopping) throw abortedStart(entry.name);
  }
}
