import type { EventArgs, EventName, EventPattern, Listener } from "../registry.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { ListenOptions } from "./listen-options.ts";
import { type Subscription, subscription } from "./subscription.ts";

/** The bus of a kernel, for code that is no service: its listeners are owned by the kernel. */
export class EventBus {
  readonly #dispatcher: Dispatcher;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** Calls the listeners of `event` now; gives how many were called. Calls nobody while the kernel is down. */
  emit<const K extends EventName>(event: K, ...payload: EventArgs<K>): number {
    return this.#dispatcher.emit(event, payload[0]);
  }

  /** As `emit`, and waits for async listeners; rejects with an `EmitError` of all failures. */
  emitAndWait<const K extends EventName>(event: K, ...payload: EventArgs<K>): Promise<void> {
    return this.#dispatcher.emitAndWait(event, payload[0]);
  }

  /**
   * Calls `listener` with each payload of `event`. It stays until it is cancelled, through restarts too, and hears
   * nothing while the kernel is down.
   */
  on<const P extends EventName | EventPattern>(
    event: P,
    listener: Listener<void, P>,
    options?: ListenOptions,
  ): Subscription {
    return subscription(this.#dispatcher.on(event, listener as never, undefined, undefined, options));
  }
}
