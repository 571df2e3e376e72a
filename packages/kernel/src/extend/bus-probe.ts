import { coreOf, type Kernel } from "../kernel.ts";

/** What a package may see of the bus of a kernel without taking part in it. */
export interface BusProbe {
  /** The live listeners that services own, as `shop/metrics: listener of "order:*"`. */
  readonly serviceListeners: readonly string[];
  /**
   * Calls `fn` with every event that is delivered, before its listeners and without being one of them: it changes neither
   * counts nor order. It must not throw. Gives back its undo.
   */
  tap(fn: (event: string, payload: unknown) => void): () => void;
}

/** Looks at the bus of `kernel`; for recorders and checks. */
export function probeBus(kernel: Kernel): BusProbe {
  return coreOf(kernel).dispatcher;
}
