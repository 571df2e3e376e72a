import type { EngineMessage, LeasedMessage } from "@pawl/messages/extend";
import type { Delivery } from "./delivery.ts";
import type { GroupSource } from "./group-source.ts";

const working = "+WPI";

/** A message that was taken, until it is settled. */
export class NatsLease implements LeasedMessage {
  readonly message: EngineMessage;
  readonly attempt: number;
  readonly #delivery: Delivery;
  readonly #source: GroupSource;
  #leasedAt: number;

  constructor(source: GroupSource, delivery: Delivery, message: EngineMessage, attempt: number) {
    this.#source = source;
    this.#delivery = delivery;
    this.message = message;
    this.attempt = attempt;
    this.#leasedAt = delivery.at;
  }

  get id(): string {
    return this.message.id;
  }

  done(): void {
    this.#source.acknowledge(this.#delivery);
  }

  async retry(ms: number): Promise<void> {
    await this.#source.quiet;
    this.#source.say(this.#delivery, notAcknowledged(ms));
  }

  async dead(error: unknown): Promise<void> {
    await this.#source.bury(this, this.#delivery, error);
    this.#source.acknowledge(this.#delivery);
  }

  async release(): Promise<void> {
    // Who gives back what it works on takes no more; the server must not look for it here.
    await this.#source.retract();
    await this.#source.tries.undo(this.#delivery.place, this.attempt);
    this.#source.say(this.#delivery, notAcknowledged(0));
  }

  async extend(): Promise<boolean> {
    const { clock, leaseMs } = this.#source;
    // The server does not say whose it is: when it has run out it went to somebody else, or will.
    if (clock.now() - this.#leasedAt > leaseMs) return false;
    const at = clock.now();
    await this.#source.ask(this.#delivery, working);
    this.#leasedAt = at;
    return true;
  }
}

/** Gives a message back, to be delivered again after `ms` milliseconds at the earliest. */
export function notAcknowledged(ms: number): string {
  return ms > 0 ? `-NAK {"delay":${Math.ceil(ms * 1e6)}}` : "-NAK";
}
