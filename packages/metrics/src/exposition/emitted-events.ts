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
    const values = [...this.#counts].map(([event, { value }]) => ({ labels: { event }, value }));
    if (this.#other > 0) values.push({ labels: { event: "other" }, value: this.#other });
    return { name: this.#name, help: "Events that were emitted.", type: "counter", values };
  }
}
