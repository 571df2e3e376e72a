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
  readonly #found = new Map<string, LabelledSeries<S>>();
  #other: LabelledSeries<S> | undefined;
  /** How often something went into the other series since its set of labels was one too many. */
  overflowed = 0;

  constructor(parts: SeriesSetParts<S>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#found.size;
  }

  of(labels: Labels): S {
    const key = keyOf(labels);
    return (this.#found.get(key) ?? this.#add(key, labels)).series;
  }

  /** The series of these labels where there is one; makes none. */
  find(labels: Labels): S | undefined {
    return this.#found.get(keyOf(labels))?.series;
  }

  /** The other series comes last. */
  *[Symbol.iterator](): Generator<LabelledSeries<S>> {
    yield* this.#found.values();
    if (this.#other) yield this.#other;
  }

  #add(key: string, labels: Labels): LabelledSeries<S> {
    const { make, max, check, onOverflow } = this.#parts;
    check?.(labels);
    if (this.#found.size < max) {
      const added = { labels: asText(labels), series: make() };
      this.#found.set(key, added);
      return added;
    }
    // The names of the labels are those of the first set: what goes in here must not make new series by its names.
    const [first] = this.#found.values();
    this.#other ??= { labels: otherLabels(first?.labels ?? labels), series: make() };
    this.overflowed++;
    if (this.overflowed === 1) onOverflow();
    return this.#other;
  }
}

/** The same for the same labels in any order. */
function keyOf(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  let key = "";
  // The length stands before the text, so that no value can look like the next label.
  for (const name of names) {
    const value = String(labels[name]);
    key += `${name}=${value.length}:${value};`;
  }
  return key;
}

function asText(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
