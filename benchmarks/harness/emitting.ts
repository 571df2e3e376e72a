import type { Emitter, MakeEmitter, Subscribed } from "../contenders/emitters.ts";
import { nanosecondsPerCallCalibrated } from "./cpu.ts";
import { type Counter, type Listener, listenersOf, type Sample } from "./listeners.ts";

const sample: Sample = { value: 1 };

/** Emits between two turns of the microtasks: an emitter whose listeners are async has its promises settled then. */
const burst = 500;

/** So many listeners of one event; each is a function of its own. */
export function listening(event: string, count: number): readonly Subscribed[] {
  const counter: Counter = { total: 0 };
  return listenersOf(counter, count).map((listener) => ({ event, listener }));
}

const failure = new Error("a listener has failed");

/** As {@link listening}, behind one that throws, and always the same error: its stack is not what is measured. */
export function listeningBehindAFailure(event: string, count: number): readonly Subscribed[] {
  const throwing: Listener = () => {
    throw failure;
  };
  return [{ event, listener: throwing }, ...listening(event, count)];
}

/** How many of the listeners one emit reaches, whatever becomes of it. An error is for the emitter to see, or not. */
export async function reached(make: MakeEmitter, subscribed: readonly Subscribed[], event: string): Promise<number> {
  let called = 0;
  const counting = subscribed.map(({ event: name, listener }) => ({
    event: name,
    listener: (value: Sample) => {
      listener(value);
      called++;
    },
  }));
  const emitter = await make(counting);
  try {
    await emitter.emit(event, sample);
  } catch {}
  await new Promise(setImmediate);
  await emitter.stop?.();
  return called;
}

/** Nanoseconds of CPU of one emit, the events in turn. */
export async function nanosecondsPerEmit(emitter: Emitter, events: readonly string[], throws = false): Promise<number> {
  const { emit } = emitter;
  if (!emitter.awaited) return inBursts(emit, events);
  // Who emits has to catch, where the emitter tells it what a listener threw.
  return nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; ) {
      for (const event of events) {
        try {
          await emit(event, sample);
        } catch (error) {
          if (!throws) throw error;
        }
        i++;
      }
    }
  });
}

function inBursts(emit: Emitter["emit"], events: readonly string[]): Promise<number> {
  const [only = ""] = events;
  const once =
    events.length === 1
      ? () => {
          for (let i = 0; i < burst; i++) emit(only, sample);
        }
      : () => {
          for (let i = 0; i < burst; i += events.length) for (const event of events) emit(event, sample);
        };
  return nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; i += burst) {
      once();
      await undefined;
    }
  });
}

/** Nanoseconds of CPU of one emit that is awaited until its listeners have settled. */
export function nanosecondsPerEmitAndWait(emitter: Emitter, event: string): Promise<number> {
  const { emitAndWait } = emitter;
  if (!emitAndWait) throw new Error("this emitter does not wait");
  return nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; i++) await emitAndWait(event, sample);
  });
}
