import type { Family } from "./family.ts";
import type { TallyBound } from "./tally.ts";

/** How often each event was emitted. Not counted from facts: to build one for each emit costs ten times as much. */
export class EmittedEvents {
  readonly #name: string;
  readonly #bound: TallyBound;
  readonly #counts = new Map<string, { value: number }>();
  #other = 0;

  constructor(prefix: string, bound: TallyBound) {
    this.#name = `${prefix}events_emitted_total`;
    this.#bound = bound;
  }

  /** Called with every event before its listeners. */
  readonly take = (event: string): void => {
    const count = this.#counts.get(event);
    if (count) count.value++;
    else if (this.#counts.size < this.#bound.maxSeries) this.#counts.set(event, { value: 1 });
    else {
      if (this.#other === 0) this.#bound.onOverflow(this.#name);
      this.#other++;
    }
  };

  get family(): Family {
    const totals = new Map([...this.#counts].map(([event, { value }]) => [event, value]));
    // An event may be called that: one name has one line.
    if (this.#other > 0) totals.set("other", (totals.get("other") ?? 0) + this.#other);
    const values = [...totals].map(([event, value]) => ({ labels: { event }, value }));
    return { name: this.#name, help: "Events that were emitted.", type: "counter", values };
  }
}
