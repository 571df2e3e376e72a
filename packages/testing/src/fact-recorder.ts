import type { Fact, FactKind, FactSelector, Kernel } from "@pawl/kernel";

/** The facts of a kernel in the order in which they happened, those of single events, ticks and tasks included. */
export class FactRecorder {
  #recorded: Fact[] = [];
  readonly #unobserve: () => void;

  constructor(kernel: Kernel, kinds: readonly FactSelector[] = ["*"]) {
    this.#unobserve = kernel.observe((fact) => this.#recorded.push(fact), { kinds });
  }

  get all(): readonly Fact[] {
    return [...this.#recorded];
  }

  get kinds(): readonly FactKind[] {
    return this.#recorded.map(({ kind }) => kind);
  }

  /** The facts of one kind, oldest first. */
  of<const K extends FactKind>(kind: K): readonly Extract<Fact, { readonly kind: K }>[] {
    return this.#recorded.filter((fact): fact is Extract<Fact, { readonly kind: K }> => fact.kind === kind);
  }

  /** Forgets what was recorded so far. */
  clear(): void {
    this.#recorded = [];
  }

  /** Ends the recording. */
  stop(): void {
    this.#unobserve();
  }
}

/** Records the facts of `kernel` from now on. @param kinds kinds or groups of kinds; all of them by default */
export function recordFacts(kernel: Kernel, kinds?: readonly FactSelector[]): FactRecorder {
  return new FactRecorder(kernel, kinds);
}
