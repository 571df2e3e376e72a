/** Where the value of an option comes from, weakest first. */
export type OptionSource = "default" | "code" | "environment" | "flag";

/** A value from outside of the program, for one option of one provider. */
export interface GivenOption {
  readonly provider: string;
  /** `["http", "port"]` */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: "environment" | "flag";
  /** What it was given by: `CLOCK_EVERY`, `--clock-every`. */
  readonly where: string;
}

/** One value that was set over those of code. */
interface SetValue extends Pick<GivenOption, "path" | "value" | "where"> {
  readonly source: OptionSource;
}

/** Where one value was found. */
export interface OptionOrigin {
  readonly source: OptionSource;
  /** Undefined for a default. */
  readonly where: string | undefined;
}

/** The values of the options of one service before they are validated: from all sources, the strongest of each. */
export class OptionValues {
  /** What the schema gets: objects are put together, anything else is replaced. */
  readonly raw: object;
  readonly #code: object;
  readonly #codeWhere: string;
  readonly #given: readonly SetValue[];

  /** @param given weakest first */
  constructor(code: object, codeWhere: string, given: readonly SetValue[] = []) {
    this.#code = code;
    this.#codeWhere = codeWhere;
    this.#given = given;
    this.raw = given.reduce<object>((raw, { path, value }) => put(raw, path, value), copy(code));
  }

  /** The same with some of the first level set anew, while the service runs. */
  with(changes: object): OptionValues {
    const kept = this.#given.filter(({ path }) => !Object.hasOwn(changes, path[0] as string));
    const changed = Object.entries(changes).map(
      ([key, value]): SetValue => ({ path: [key], value: copy(value), source: "code", where: "the change" }),
    );
    return new OptionValues(this.#code, this.#codeWhere, [...kept, ...changed]);
  }

  /** Where the value at `path` comes from; for the whole, where anything of it comes from. */
  origin(path: readonly PropertyKey[]): OptionOrigin {
    const related = this.#given.filter((given) => meets(given.path, path)).reverse();
    const [strongest] = related;
    if (strongest && path.length > 0) return strongest;
    if (strongest) return { source: strongest.source, where: related.map(({ where }) => where).join(", ") };
    if (path.length === 0 ? Object.keys(this.#code).length > 0 : valueAt(this.#code, path) !== undefined) {
      return { source: "code", where: this.#codeWhere };
    }
    return { source: "default", where: undefined };
  }
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** Whether `value` is an object as written in code, and nothing with a life of its own. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether one of two paths leads through the other. */
function meets(a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.every((key, index) => String(key) === String(long[index]));
}

// Computed keys and fromEntries make own properties, whatever the name: `__proto__` is one like any other.
function put(into: unknown, [key, ...rest]: readonly string[], value: unknown): object {
  const object = isPlainObject(into) ? into : {};
  if (key === undefined) return object;
  return { ...object, [key]: rest.length === 0 ? value : put(valueAt(object, [key]), rest, value) };
}

/** A copy down to what is no plain object or list, also of what contains itself: the program's own is not to be frozen. */
export function copy<T>(value: T, copies: Map<unknown, unknown> = new Map()): T {
  const isList = Array.isArray(value);
  if (!isList && !isPlainObject(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known as T;
  const made: object = isList ? [] : {};
  copies.set(value, made);
  for (const [key, part] of Object.entries(value)) {
    // An own property, whatever the name: `__proto__` is one like any other.
    Object.defineProperty(made, key, {
      value: copy(part, copies),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return made as T;
}
