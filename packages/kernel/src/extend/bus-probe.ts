import { coreOf, type Kernel } from "../kernel.ts";

/** One listener that is called with an event. */
export interface EventReceiver {
  /** Owner path; the kernel's name where it belongs to no service. */
  readonly path: string;
  /** `listener of "order:*"` */
  readonly label: string;
}

/** What a package may see of the bus of a kernel without taking part in it. */
export interface BusProbe {
  /** The live listeners that services own, as `shop/metrics: listener of "order:*"`. */
  readonly serviceListeners: readonly string[];
  /** Who is called with `event`: the owner paths of the live listeners, the kernel's name for its own, and what they are. */
  receivers(event: string): readonly EventReceiver[];
  /**
   * The payload as the schema of `event` gives it back; as it is where there is none.
   *
   * @throws EventPayloadError, EventSchemaError
   */
  parse(event: string, payload: unknown): unknown;
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
