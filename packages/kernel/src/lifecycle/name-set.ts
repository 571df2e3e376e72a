import { PawlTypeError } from "../errors/pawl-error.ts";

/** The names in use under one owner. A second `worker` is `worker#2`. */
export class NameSet {
  readonly #used = new Set<string>();
  readonly #next = new Map<string, number>();

  /** Takes `name`, or with a number behind it where it is taken. */
  take(name: string): string {
    if (this.#used.size === 0) this.#next.clear();
    let free = name;
    while (this.#used.has(free)) {
      const number = this.#next.get(name) ?? 2;
      this.#next.set(name, number + 1);
      free = `${name}#${number}`;
    }
    this.#used.add(free);
    return free;
  }

  giveBack(name: string): void {
    this.#used.delete(name);
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
