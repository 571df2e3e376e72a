import type { Overflow } from "@pawl/kernel";

/** How a listener with a line is made. */
export interface LineOptions {
  readonly concurrency: number;
  readonly buffer: number;
  readonly overflow: Overflow;
}

/** One event of a test: how long its call takes, in milliseconds, and how it is emitted. */
export interface Sent {
  readonly id: number;
  readonly ms: number;
  readonly fails: boolean;
  readonly waits: boolean;
}

/** What becomes of an event. There is nothing else that could become of it. */
export type Fate = "unheard" | "handled" | "failed" | "left behind" | "full" | "cancelled" | "stopped" | "crashed";

interface Running {
  readonly sent: Sent;
  readonly endsAt: number;
}

/** The line of a listener as it is meant to be, without promises: who waits, who is being handled, and until when. */
export class LineModel {
  readonly fates: Map<number, Fate> = new Map();
  readonly #options: LineOptions;
  readonly #stopTimeout: number;
  #now = 0;
  #live = true;
  #waiting: Sent[] = [];
  #running: Running[] = [];
  /** What happens at a time to come: the end of the drain, the end of the wait for calls in flight. */
  #deadlines: { readonly at: number; readonly happens: () => void }[] = [];

  constructor(options: LineOptions, stopTimeout: number) {
    this.#options = options;
    this.#stopTimeout = stopTimeout;
  }

  emit(sent: Sent): void {
    const { buffer, overflow } = this.#options;
    if (!this.#live) this.fates.set(sent.id, "unheard");
    else if (this.#waiting.length < buffer) this.#waiting.push(sent);
    else if (overflow === "drop-oldest") {
      this.#lose(this.#waiting.splice(0, 1), "full");
      this.#waiting.push(sent);
    } else this.#lose([sent], "full");
  }

  cancel(): void {
    this.#live = false;
    this.#lose(this.#waiting.splice(0), "cancelled");
  }

  /** Drains for so long, then awaits what is in flight for as long again. */
  stop(): void {
    if (this.#deadlines.length > 0) return;
    this.#live = false;
    this.#at(this.#stopTimeout, () => {
      this.#lose(this.#waiting.splice(0), "stopped");
      this.#at(this.#stopTimeout, () => {
        for (const { sent } of this.#running.splice(0)) this.fates.set(sent.id, "left behind");
      });
    });
  }

  crash(): void {
    if (this.#deadlines.length > 0) return;
    this.#live = false;
    this.#lose(this.#waiting.splice(0), "crashed");
    this.stop();
  }

  /** Lets microtasks run: calls begin. */
  settle(): void {
    while (this.#running.length < this.#options.concurrency) {
      const sent = this.#waiting.shift();
      if (!sent) return;
      if (sent.ms === 0) this.#end(sent);
      else this.#running.push({ sent, endsAt: this.#now + sent.ms });
    }
  }

  advance(ms: number): void {
    const target = this.#now + ms;
    for (;;) {
      this.settle();
      const times = [...this.#running.map(({ endsAt }) => endsAt), ...this.#deadlines.map(({ at }) => at)];
      const next = Math.min(...times);
      if (next > target) break;
      this.#now = next;
      const due = this.#deadlines.filter(({ at }) => at === next);
      this.#deadlines = this.#deadlines.filter(({ at }) => at !== next);
      for (const { sent } of this.#running.filter(({ endsAt }) => endsAt === next)) this.#end(sent);
      this.#running = this.#running.filter(({ endsAt }) => endsAt !== next);
      for (const { happens } of due) happens();
    }
    this.#now = target;
  }

  #at(ms: number, happens: () => void): void {
    this.#deadlines.push({ at: this.#now + ms, happens });
  }

  #end({ id, fails }: Sent): void {
    this.fates.set(id, fails ? "failed" : "handled");
  }

  #lose(lost: readonly Sent[], why: Fate): void {
    for (const { id } of lost) this.fates.set(id, why);
  }
}
