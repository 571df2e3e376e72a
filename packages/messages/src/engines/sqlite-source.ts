import type { Clock } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type { LeasedMessage } from "../engine.ts";
import type { LeaseSource } from "../lease/leased.ts";
import type { DeliveryLeases, TakenDelivery } from "../sqlite/delivery-leases.ts";
import type { SqliteFile } from "../sqlite/sqlite-file.ts";

/** How soon what was taken ahead has to be used up for more to be taken ahead, and when it is given back, in milliseconds. */
const usedUpWithin = 50;
const keptFor = 100;
const mostAhead = 256;

/**
 * The deliveries of one group, for one who takes them. Where they are handled quickly more and more are taken ahead, in one
 * transaction; what is not used up at once is given back, so that nobody waits for who is slow.
 */
export class SqliteSource implements LeaseSource<LeasedMessage> {
  readonly leaseMs: number;
  readonly #file: SqliteFile;
  readonly #clock: Clock;
  readonly #leases: DeliveryLeases;
  readonly #label: string;
  #ahead: TakenDelivery[] = [];
  #howFarAhead = 0;
  #takenAt = Number.NEGATIVE_INFINITY;
  #cancelGivingBack: (() => void) | undefined;
  /** Resolves when what is being taken has been; never rejects. */
  #taking: Promise<void> = Promise.resolve();
  readonly #unwatch: () => void;
  /** Whether something was written since it was looked. */
  #isStale = true;
  #wake: (() => void) | undefined;

  constructor(file: SqliteFile, clock: Clock, leases: DeliveryLeases, leaseMs: number, label: string) {
    this.#file = file;
    this.#clock = clock;
    this.#leases = leases;
    this.leaseMs = leaseMs;
    this.#label = label;
    this.#unwatch = file.watch(() => {
      this.#isStale = true;
      this.#wake?.();
    });
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedMessage[]> {
    while (!signal.aborted) {
      if (this.#ahead.length === 0) {
        const taking = this.#takeAhead(max);
        this.#taking = taking.catch(() => {});
        await taking;
      }
      if (signal.aborted) break;
      const taken = this.#ahead.splice(0, max);
      if (taken.length > 0) return taken.map((delivery) => this.#leased(delivery));
      await this.#untilDue(signal);
    }
    return [];
  }

  async close(): Promise<void> {
    this.#unwatch();
    await this.#taking;
    await this.#giveBack();
  }

  /** Takes what is there, and a little more than is asked for where that was used up quickly before. */
  async #takeAhead(max: number): Promise<void> {
    this.#isStale = false;
    const due = this.#leases.nextDue;
    if (due === undefined || due > this.#now) return;
    const isQuick = this.#clock.now() - this.#takenAt <= usedUpWithin;
    this.#howFarAhead = isQuick ? Math.min(mostAhead, Math.max(max, 2 * this.#howFarAhead)) : 0;
    this.#cancelGivingBack?.();
    this.#ahead = await this.#file.write(() => {
      const now = this.#now;
      return [...this.#leases.take(max, this.#howFarAhead, now, now + this.leaseMs)];
    });
    this.#takenAt = this.#clock.now();
    if (this.#ahead.length <= max) return;
    // Where that fails it comes again when its lease has run out, and taking more fails with the same.
    const giveBack = () => void this.#giveBack().catch(() => this.#wake?.());
    this.#cancelGivingBack = this.#clock.setTimer(giveBack, keptFor, `${this.#label}: what was taken ahead`);
  }

  async #giveBack(): Promise<void> {
    this.#cancelGivingBack?.();
    const given = this.#ahead;
    this.#ahead = [];
    if (given.length > 0) await this.#file.write(() => given.map((delivery) => this.#leases.release(delivery)));
  }

  /** Resolves when there may be something to take. */
  #untilDue(signal: AbortSignal): Promise<void> {
    if (this.#isStale) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const due = this.#leases.nextDue;
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    const cancel =
      due === undefined
        ? undefined
        : this.#clock.setTimer(wake, Math.max(1, due - this.#now), `${this.#label}: next message`);
    return promise.finally(() => {
      this.#wake = undefined;
      signal.removeEventListener("abort", wake);
      cancel?.();
    });
  }

  #leased(delivery: TakenDelivery): LeasedMessage {
    const { message, attempt } = delivery;
    const leases = this.#leases;
    const write = async (fn: () => boolean) => void (await this.#file.write(fn));
    return {
      id: message.id,
      message,
      attempt,
      done: () => write(() => leases.done(delivery)),
      // Never 0, which is for those that were not tried yet.
      retry: (ms) => write(() => leases.retry(delivery, Math.max(1, this.#now + Math.ceil(ms)))),
      dead: (error) => write(() => leases.dead(delivery, messageOf(error), this.#now)),
      release: () => write(() => leases.release(delivery)),
      extend: () => this.#file.write(() => leases.extend(delivery, this.#now + this.leaseMs)),
    };
  }

  /** Leases are kept by the time of day, which all processes share. */
  get #now(): number {
    return Math.round(this.#clock.wallTime());
  }
}
