import type { Labels } from "./series-set.ts";

type Branch<T> = Map<unknown, Branch<T> | T>;

/**
 * Values by sets of labels that come in one order, found by one look-up for each label: a key made of them would have to be
 * written first, each time.
 */
export class LabelTree<T extends object> {
  readonly #max: number;
  readonly #root: Branch<T> = new Map();
  /** The names of the labels, in the order of the first set. */
  #names: readonly string[] | undefined;
  #size = 0;

  /** @param max how many sets it keeps */
  constructor(max: number) {
    this.#max = max;
  }

  get(labels: Labels): T | undefined {
    const names = this.#names;
    if (!names) return undefined;
    let at: Branch<T> | T | undefined = this.#root;
    let depth = 0;
    for (const name in labels) {
      if (name !== names[depth]) return undefined;
      depth++;
      at = (at as Branch<T>).get(labels[name]);
      if (at === undefined) return undefined;
    }
    return depth === names.length ? (at as T) : undefined;
  }

  /** Keeps a value, unless there is no more room or the labels have other names, or come in another order. */
  set(labels: Labels, value: T): void {
    const names = Object.keys(labels);
    if (names.length === 0 || this.#size >= this.#max) return;
    this.#names ??= names;
    if (names.length !== this.#names.length || names.some((name, i) => name !== this.#names?.[i])) return;
    let at = this.#root;
    for (const name of names.slice(0, -1)) {
      let next = at.get(labels[name]) as Branch<T> | undefined;
      if (!next) {
        next = new Map();
        at.set(labels[name], next);
      }
      at = next;
    }
    at.set(labels[names.at(-1) as string], value);
    this.#size++;
  }
}
