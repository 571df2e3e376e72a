import type { Clock } from "@pawl/kernel";
import { type Connection, createInbox, type Msg, nanos, type Subscription } from "../connection/connection.ts";
import { NatsConnectionError } from "../errors/nats-errors.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";

/** How long the server keeps a request for messages, in milliseconds. One for more than is wanted now ends soon. */
const longPull = 20_000;
const aheadPull = 2_000;
/** How much later it has to have said that it ended. */
const grace = 2_000;
/** How many messages may be taken ahead of who works them off. */
const mostAhead = 512;
/** Work that asks again within so many milliseconds is ahead of the server. */
const fast = 50;
/** What nobody has asked for within so many milliseconds others may have. */
const patience = 500;

const sweepTimeout = 2_000;

/** A request for messages that the server holds. */
interface Pull {
  left: number;
  cancelTimer(): void;
}

interface Line {
  readonly index: number;
  readonly subject: string;
  /** Where the server is asked about its consumer. */
  readonly info: string;
  readonly inOrder: boolean;
  readonly pulls: Map<string, Pull>;
}

export interface PulledConsumer {
  readonly stream: string;
  readonly name: string;
  /** Whether it delivers one at a time. */
  readonly inOrder: boolean;
}

export interface PullsTold {
  /** Messages that go back to the server. Never rejects. */
  unwanted(deliveries: readonly Delivery[]): Promise<void>;
  /** Something is wrong with the server or a consumer. */
  failed(): void;
}

/**
 * Messages from several consumers. It asks the server for as many as are wanted, and for more ahead as long as they are
 * worked off faster than the server can be asked; what was taken ahead and is not wanted soon goes back.
 */
export class Pulls {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #told: PullsTold;
  #subscription: Subscription | undefined;
  #inbox = "";
  #buffer: Delivery[] = [];
  #ahead = 0;
  #next = 0;
  #wake: (() => void) | undefined;
  #failure: unknown;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsked = false;
  /** Whether the last who asked had to wait. */
  #wasIdle = true;
  #cancelPatience: (() => void) | undefined;
  #quiet: Promise<void> = Promise.resolve();
  readonly #stopWatching: () => void;

  constructor(connection: Connection, clock: Clock, consumers: readonly PulledConsumer[], told: PullsTold) {
    this.#connection = connection;
    this.#clock = clock;
    this.#told = told;
    this.#lines = new Map(
      consumers.map(({ stream, name, inOrder }, index) => [
        name,
        {
          index,
          subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
          info: `$JS.API.CONSUMER.INFO.${stream}.${name}`,
          inOrder,
          pulls: new Map(),
        },
      ]),
    );
    this.#stopWatching = connection.whenDown((error) => this.#fail(error));
  }

  /** Up to `max`; none when `signal` is aborted. @throws what the server says, or that it is not there */
  async take(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#isAsked = true;
    // What was wrong while nobody asked may be right by now.
    this.#failure = undefined;
    const began = this.#clock.now();
    if (began - this.#askedAt > fast || this.#wasIdle) this.#ahead = 0;
    else if (this.#buffer.length === 0) this.#ahead = Math.min(mostAhead, Math.max(16, this.#ahead * 4));
    const onAbort = () => this.#wake?.();
    let isListening = false;
    try {
      while (!signal.aborted) {
        if (this.#failure !== undefined) {
          const error = this.#failure;
          this.#failure = undefined;
          throw error;
        }
        this.#pullFor(max);
        if (this.#buffer.length > 0) return this.#buffer.splice(0, max);
        if (!isListening) signal.addEventListener("abort", onAbort, { once: true });
        isListening = true;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      if (isListening) signal.removeEventListener("abort", onAbort);
      this.#isAsked = false;
      this.#askedAt = this.#clock.now();
      this.#wasIdle = this.#askedAt - began > fast;
      this.#cancelPatience ??= this.#clock.setTimer(() => this.#runOut(), patience, "messages taken ahead");
    }
    await this.retract();
    return [];
  }

  /** Resolves when no requests are being taken back: until then nothing may be given back. Never rejects. */
  get quiet(): Promise<void> {
    return this.#quiet;
  }

  /** Takes back what the server was asked for, and gives back what was taken ahead. Never rejects. */
  retract(): Promise<void> {
    this.#quiet = this.#quiet.then(() => this.#retract());
    return this.#quiet;
  }

  async #retract(): Promise<void> {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    this.#ahead = 0;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    const asked = [...this.#lines.values()].filter(({ pulls }) => pulls.size > 0);
    this.#dropPulls();
    if (subscription) await this.#connection.drain(subscription);
    await Promise.all(asked.map((line) => this.#sweep(line)));
    // Somebody may want it by now.
    if (this.#isAsked) this.#wake?.();
    else await this.#told.unwanted(this.#buffer.splice(0));
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.retract();
  }

  #runOut(): void {
    this.#cancelPatience = undefined;
    if (this.#isAsked) return;
    const left = this.#askedAt + patience - this.#clock.now();
    if (left > 0) this.#cancelPatience = this.#clock.setTimer(() => this.#runOut(), left, "messages taken ahead");
    else void this.retract();
  }

  /**
   * Has the server drop the requests that nobody waits for any more, which it does when it is asked about a consumer. Before
   * 2.10.14, one that finds nobody but those puts a message that comes again out of reach until its lease has run out.
   */
  async #sweep({ info }: Line): Promise<void> {
    if (!this.#connection.isUp) return;
    try {
      await this.#connection.raw.request(info, "", { timeout: sweepTimeout });
    } catch {
      // Then it comes when its lease has run out.
    }
  }

  #pullFor(max: number): void {
    const wanted = max + this.#ahead;
    for (const line of this.#lines.values()) {
      let coming = 0;
      for (const pull of line.pulls.values()) coming += pull.left;
      // One that comes in order is alone until it is settled: more are not taken from others.
      const room = line.inOrder ? wanted - coming : wanted - coming - this.#buffer.length;
      if (room > 0 && coming <= wanted / 2) this.#pull(line, room);
    }
  }

  #pull(line: Line, batch: number): void {
    this.#subscription ??= this.#subscribe();
    const id = `${line.index}.${this.#next++}`;
    const ms = this.#ahead > 0 ? aheadPull : longPull;
    const lost = () => {
      line.pulls.delete(id);
      this.#fail(new NatsConnectionError(this.#connection.url, `no answer from ${line.subject}`));
    };
    line.pulls.set(id, { left: batch, cancelTimer: this.#clock.setTimer(lost, ms + grace, line.subject) });
    this.#connection.raw.publish(line.subject, JSON.stringify({ batch, expires: nanos(ms) }), {
      reply: `${this.#inbox}.${id}`,
    });
  }

  #subscribe(): Subscription {
    this.#connection.requireUp();
    const inbox = createInbox();
    this.#inbox = inbox;
    return this.#connection.raw.subscribe(`${inbox}.>`, {
      callback: (error, msg) => {
        if (error) this.#fail(new NatsConnectionError(this.#connection.url, "messages are not let through", error));
        else if (msg.subject.startsWith(inbox)) this.#ended(msg, msg.subject.slice(inbox.length + 1));
        else this.#came(msg, inbox);
      },
    });
  }

  #came(msg: Msg, inbox: string): void {
    const delivery = deliveryOf(msg, this.#clock.now());
    if (!delivery) return;
    if (inbox === this.#inbox) this.#count(delivery);
    this.#buffer.push(delivery);
    this.#wake?.();
  }

  /** The oldest request of its line is worked off first. */
  #count({ consumer }: Delivery): void {
    const line = this.#lines.get(consumer);
    const [first] = line?.pulls ?? [];
    if (!line || !first) return;
    const [id, pull] = first;
    pull.left--;
    if (pull.left > 0) return;
    pull.cancelTimer();
    line.pulls.delete(id);
  }

  /** The server says that it holds a request no longer. */
  #ended(msg: Msg, id: string): void {
    const index = Number(id.slice(0, id.indexOf(".")));
    const line = [...this.#lines.values()][index];
    const pull = line?.pulls.get(id);
    if (!line || !pull) return;
    pull.cancelTimer();
    line.pulls.delete(id);
    const { code, description } = msg.headers ?? { code: 0, description: "" };
    // Nothing came in time, or not all of it.
    if (code !== 404 && code !== 408) {
      this.#fail(new NatsConnectionError(this.#connection.url, `${line.subject}: ${description || `status ${code}`}`));
      return;
    }
    this.#ahead = 0;
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#told.failed();
    this.#dropPulls();
    this.#wake?.();
  }

  #dropPulls(): void {
    for (const { pulls } of this.#lines.values()) {
      for (const pull of pulls.values()) pull.cancelTimer();
      pulls.clear();
    }
  }
}
