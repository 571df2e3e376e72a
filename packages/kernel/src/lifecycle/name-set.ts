import { PawlTypeError } from "../errors/pawl-error.ts";

/** The names in use under one owner. A second `worker` is `worker#2`. */
export class NameSet {
  /** Names that only those get for whom they are kept. */
  readonly #reserved: ReadonlySet<string>;
  readonly #used = new Set<string>();
  /** The lowest number of each name that may be free. */
  readonly #next = new Map<string, number>();

  constructor(reserved: Iterable<string> = []) {
    this.#reserved = new Set(reserved);
  }

  /** Takes `name`, or with a number behind it where it is taken. */
  take(name: string): string {
    let free = name;
    let number = this.#next.get(name) ?? 2;
    while (this.#used.has(free) || this.#reserved.has(free)) free = `${name}#${number++}`;
    if (free !== name) this.#next.set(name, number);
    this.#used.add(free);
    return free;
  }

  giveBack(name: string): void {
    if (!this.#used.delete(name)) return;
    const [base = name, number] = name.split("#");
    const next = this.#next.get(base);
    if (number !== undefined && next !== undefined) this.#next.set(base, Math.min(next, Number(number)));
    if (this.#used.size === 0) this.#next.clear();
  }
}

/** A class name in lower camel case: `HTTPClient` → `httpClient`, `Worker` → `worker`. */
export function lowerCamelCase(className: string): string {
  return className.replace(/^([A-Z]+)(?=[A-Z][a-z])|^[A-Z]+/, (start) => start.toLowerCase());
}

/** @throws TypeError `PAWL_BAD_NAME` for a name that would make owner paths ambiguous */
export function checkName(name: string, what: string): void {
  if (/^[^/\s#]+$/.test(name)) return;
  throw new PawlTypeError(
    "PAWL_BAD_NAME",
    `${what}: ${JSON.stringify(name)} cannot be a name; use letters, digits, "-" or "_" (no "/", "#" or space, which owner paths use)`,
  );
}
