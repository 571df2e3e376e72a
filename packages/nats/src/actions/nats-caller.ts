import { BadCall, timeoutHeader } from "@pawl/http/extend";
import type { CallActionOptions } from "@pawl/kernel/extend";
import { headerOf, type Msg } from "../connection/connection.ts";

/** Who calls over NATS. */
export class NatsCaller implements CallActionOptions {
  readonly transport = "nats";
  readonly detached = true;
  readonly timeout: number | undefined;
  readonly carrier: (header: string) => string | undefined;
  /** There once somebody asks for its signal. */
  #controller: AbortController | undefined;
  #isGone = false;

  /** @throws BadCall for a bad time-out */
  constructor(msg: Msg) {
    this.timeout = timeoutOf(headerOf(msg, timeoutHeader));
    this.carrier = (header) => headerOf(msg, header);
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isGone) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get isAborted(): boolean {
    return this.#isGone;
  }

  /** The caller waits no longer. */
  leave(): void {
    this.#isGone = true;
    this.#controller?.abort();
  }
}

function timeoutOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new BadCall(400, `${timeoutHeader} is a whole number of milliseconds.`);
}
