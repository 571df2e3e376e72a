import { type EventName, type EventPayload, type Kernel, PawlError } from "@pawl/kernel";
import { probeBus } from "@pawl/kernel/extend";

/** One event that was emitted while the kernel was up. */
export interface RecordedEvent {
  readonly name: string;
  readonly payload: unknown;
}

interface Waiting {
  readonly event: string;
  readonly resolve: (payload: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The events of a kernel in the order in which they were emitted, listened to or not. It is no listener itself. */
export class EventRecorder {
  #recorded: RecordedEvent[] = [];
  #waiting: Waiting[] = [];
  readonly #untap: () => void;

  constructor(kernel: Kernel) {
    this.#untap = probeBus(kernel).tap((name, payload) => this.#record(name, payload));
  }

  get all(): readonly RecordedEvent[] {
    return [...this.#recorded];
  }

  get names(): readonly string[] {
    return this.#recorded.map(({ name }) => name);
  }

  /** The payloads of `event`, oldest first. */
  of<const K extends EventName>(event: K): readonly EventPayload<K>[] {
    return this.#recorded.filter(({ name }) => name === event).map(({ payload }) => payload as EventPayload<K>);
  }

  /** Resolves with the payload of the next `event` that is emitted from now on. Rejects when the recording ends. */
  next<const K extends EventName>(event: K): Promise<EventPayload<K>> {
    const promise = new Promise<EventPayload<K>>((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
    });
    // A wait that the test has given up is no failure of the process.
    promise.catch(() => {});
    return promise;
  }

  /** Forgets what was recorded so far. */
  clear(): void {
    this.#recorded = [];
  }

  /** Ends the recording; waits for events that are still open reject. */
  stop(): void {
    this.#untap();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { event, reject } of waiting) reject(neverEmitted(event));
  }

  #record(name: string, payload: unknown): void {
    this.#recorded.push({ name, payload });
    const due = this.#waiting.filter(({ event }) => event === name);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ event }) => event !== name);
    for (const { resolve } of due) resolve(payload as never);
  }
}

/** Records the events of `kernel` from now on. */
export function recordEvents(kernel: Kernel): EventRecorder {
  return new EventRecorder(kernel);
}

function neverEmitted(event: string): PawlError {
  return new PawlError(
    "PAWL_TEST_NEVER_EMITTED",
    `events.next("${event}"): the recording ended before it was emitted. Await it before the app is disposed of`,
  );
}
