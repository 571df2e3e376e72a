import type { Fact, Kernel } from "@pawl/kernel";
import { type BusProbe, probeBus } from "@pawl/kernel/extend";
import type { EventRate, EventTarget, Rates } from "../protocol.ts";

/** So many names of events are told apart; made-up ones without end are counted as one. */
const mostEvents = 500;
const others = "(others)";

interface Counter {
  total: number;
  /** Since the last {@link EventRates.read}. */
  recent: number;
}

interface EventCount {
  readonly from: Map<string, Counter>;
  /** All listeners are called with every emit: one count does for all that were there from the beginning. */
  readonly all: Counter;
  /** How many had been emitted when a listener was first seen. */
  readonly joined: Map<string, number>;
}

/** Who emits what to whom, while it is there. */
export class EventRates {
  readonly #bus: BusProbe;
  readonly #counts = new Map<string, EventCount>();
  /** Failed calls, by path and label of the listener. */
  readonly #errors = new Map<string, number>();
  readonly #unobserve: () => void;
  #rates: Rates = { events: [] };

  constructor(kernel: Kernel) {
    this.#bus = probeBus(kernel);
    this.#unobserve = kernel.observe((fact) => this.#take(fact), { kinds: ["event.emitted", "error"] });
  }

  /** As of the last {@link read}. */
  get rates(): Rates {
    return this.#rates;
  }

  /** @param seconds since the last time */
  read(seconds: number): void {
    this.#rates = { events: [...this.#counts].map(([event, count]) => this.#rateOf(event, count, seconds)) };
  }

  end(): void {
    this.#unobserve();
  }

  #take(fact: Fact): void {
    if (fact.kind === "error") {
      const key = keyOf(fact.path, fact.label);
      this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1);
    } else if (fact.kind === "event.emitted") this.#count(fact.event, fact.path);
  }

  #count(emitted: string, path: string): void {
    const event = this.#counts.has(emitted) || this.#counts.size < mostEvents ? emitted : others;
    let count = this.#counts.get(event);
    if (!count) {
      count = { from: new Map(), all: { total: 0, recent: 0 }, joined: new Map() };
      this.#counts.set(event, count);
      for (const { path: to, label } of this.#bus.receivers(event)) count.joined.set(keyOf(to, label), 0);
    }
    let from = count.from.get(path);
    if (!from) {
      from = { total: 0, recent: 0 };
      count.from.set(path, from);
    }
    for (const counter of [from, count.all]) {
      counter.total++;
      counter.recent++;
    }
  }

  #rateOf(event: string, count: EventCount, seconds: number): EventRate {
    const rate = ({ recent }: Counter) => Math.round((recent / seconds) * 10) / 10;
    const from = [...count.from].map(([path, counter]) => ({ path, rate: rate(counter), total: counter.total }));
    const to = new Map<string, EventTarget>();
    for (const { path, label } of this.#bus.receivers(event)) {
      const key = keyOf(path, label);
      const joined = count.joined.get(key) ?? count.all.total - count.all.recent;
      count.joined.set(key, joined);
      to.set(key, {
        path,
        label,
        rate: rate(count.all),
        total: count.all.total - joined,
        errors: this.#errors.get(key) ?? 0,
      });
    }
    for (const counter of [count.all, ...count.from.values()]) counter.recent = 0;
    return { event, from, to: [...to.values()] };
  }
}

function keyOf(path: string, label: string): string {
  return `${path}\n${label}`;
}
