import { LabelTree } from "./label-tree.ts";

/** Values of labels, by their names. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** One set of labels, and what is recorded under it. */
export interface LabelledSeries<S> {
  readonly labels: Readonly<Record<string, string>>;
  readonly series: S;
}

export interface SeriesSetParts<S> {
  readonly make: () => S;
  /** How many sets of labels there may be. */
  readonly max: number;
  /** Looks at labels that are new. Throws for those that will not do. */
  readonly check?: (labels: Labels) => void;
  /** Called once, when there are too many. */
  readonly onOverflow: () => void;
}

/** The labels of the one series that what is over the bound goes into. */
export function otherLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, "other"]));
}

/**
 * What is recorded under each set of labels, up to a bound: so that a label that takes ever new values (an id, a URL) costs no
 * memory without end.
 */
export class SeriesSet<S> {
  readonly #parts: SeriesSetParts<S>;
  readonly #series: LabelledSeries<S>[] = [];
  /** Every series by its labels, in the orders in which they came. */
  readonly #byKey = new Map<string, LabelledSeries<S>>();
  readonly #atHand: LabelTree<LabelledSeries<S>>;
  #other: LabelledSeries<S> | undefined;
  /** How often something went into the other series since its set of labels was one too many. */
  overflowed = 0;

  constructor(parts: SeriesSetParts<S>) {
    this.#parts = parts;
    this.#atHand = new LabelTree(4 * parts.max);
  }

  get size(): number {
    return this.#series.length;
  }

  of(labels: Labels): S {
    const atHand = this.#atHand.get(labels);
    if (atHand) return atHand.series;
    const found = this.#byKey.get(keyOf(labels)) ?? this.#inOrder(labels) ?? this.#add(labels);
    if (found !== this.#other) this.#atHand.set(labels, found);
    return found.series;
  }

  /** The series of these labels where there is one; makes none. */
  find(labels: Labels): S | undefined {
    return (this.#byKey.get(keyOf(labels)) ?? this.#byKey.get(keyOf(sorted(labels))))?.series;
  }

  /** The other series comes last. */
  *[Symbol.iterator](): Generator<LabelledSeries<S>> {
    yield* this.#series;
    if (this.#other && !this.#series.includes(this.#other)) yield this.#other;
  }

  /** One that is there already where the program itself has such labels: two of the same labels would spoil a scrape. */
  #otherSeries(labels: Record<string, string>, make: () => S): LabelledSeries<S> {
    return this.#byKey.get(keyOf(sorted(labels))) ?? { labels, series: make() };
  }

  /** The series of the same labels in another order, at hand for the next time. */
  #inOrder(labels: Labels): LabelledSeries<S> | undefined {
    const found = this.#byKey.get(keyOf(sorted(labels)));
    // Labels have more orders than is worth keeping.
    if (found && this.#byKey.size < 4 * this.#parts.max) this.#byKey.set(keyOf(labels), found);
    return found;
  }

  #add(labels: Labels): LabelledSeries<S> {
    const { make, max, check, onOverflow } = this.#parts;
    check?.(labels);
    if (this.#series.length < max) {
      const added = { labels: asText(labels), series: make() };
      this.#series.push(added);
      this.#byKey.set(keyOf(sorted(labels)), added);
      return added;
    }
    // The names of the labels are those of the first set: what goes in here must not make new series by its names.
    const [first] = this.#series;
    this.#other ??= this.#otherSeries(otherLabels(first?.labels ?? labels), make);
    this.overflowed++;
    if (this.overflowed === 1) onOverflow();
    return this.#other;
  }
}

function keyOf(labels: Labels): string {
  let key = "";
  for (const name of Object.keys(labels)) {
    const value = String(labels[name]);
    // The length stands before the text, so that no value can look like the next label.
    key += `${name}=${value.length}:${value}`;
  }
  return key;
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function asText(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
