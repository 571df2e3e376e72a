import { isPromiseLike } from "../bounded.ts";
import { messageOf, StartError } from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import { isPlainObject, type OptionValues, valueAt } from "./option-values.ts";
import type { OptionsDeclaration } from "./options-declaration.ts";
import { type OptionIssue, OptionsError } from "./options-error.ts";

const hidden = "••••";

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The options of one service: where they come from, and what its schema has made of them. */
export class ServiceOptions {
  readonly declaration: OptionsDeclaration;
  #values: OptionValues;
  /** Frozen; undefined until they are validated. */
  #value: object | undefined;
  /** Changes are made one after another. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(declaration: OptionsDeclaration, values: OptionValues) {
    this.declaration = declaration;
    this.#values = values;
  }

  get value(): object | undefined {
    return this.#value;
  }

  /** Validates them; gives what does not fit. @throws StartError where the schema itself fails */
  async validate(path: string): Promise<readonly OptionIssue[]> {
    const result = await this.#validated(path, this.#values);
    if ("issues" in result) return result.issues;
    this.#value = result.value;
    return [];
  }

  /**
   * Validates them with some changed that are declared as live, and takes them over.
   *
   * @returns the names of those that were given
   * @throws TypeError `PAWL_BAD_OPTION` for one that is not live; OptionsError, and nothing has changed
   */
  change(path: string, changes: object): Promise<readonly string[]> {
    const keys = Object.keys(changes);
    const { live } = this.declaration;
    const fixed = keys.filter((key) => !live.includes(key));
    if (fixed.length > 0) {
      return Promise.reject(
        new PawlTypeError(
          "PAWL_BAD_OPTION",
          `${path}: ${fixed.join(", ")} cannot be changed while it runs; live are ${live.join(", ") || "none"}`,
          { path },
        ),
      );
    }
    const change = async () => {
      const values = this.#values.with(changes);
      const result = await this.#validated(path, values);
      if ("issues" in result) throw new OptionsError(result.issues);
      this.#values = values;
      this.#value = result.value;
      return keys;
    };
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => {});
    return changed;
  }

  /** As plain JSON, without secrets. */
  shown(): Record<string, unknown> {
    return (this.#show(this.#value ?? {}, []) ?? {}) as Record<string, unknown>;
  }

  async #validated(
    path: string,
    values: OptionValues,
  ): Promise<{ readonly value: object } | { readonly issues: readonly OptionIssue[] }> {
    try {
      const answer = this.declaration.schema["~standard"].validate(values.raw);
      const result = isPromiseLike(answer) ? await answer : answer;
      if (result.issues) return { issues: result.issues.map((issue) => this.#issue(path, values, issue)) };
      return { value: frozen(result.value) };
    } catch (cause) {
      const message = `${path} could not start: the schema of its options failed: ${messageOf(cause)}`;
      throw new StartError("PAWL_START_FAILED", message, { path, cause });
    }
  }

  #issue(path: string, values: OptionValues, issue: StandardIssue): OptionIssue {
    const at = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    const { source, where } = values.origin(at);
    const given = valueAt(values.raw, at);
    const secret = this.declaration.isSecret(at);
    const shown = this.#show(given, at);
    return {
      path,
      key: at.map(String).join("."),
      source,
      where,
      ...(secret || given === undefined || at.length === 0 ? {} : { given: shown }),
      expected:
        secret && given !== undefined ? "it does not fit its schema" : this.#withoutSecrets(issue.message, values.raw),
    };
  }

  /** A schema may quote what it was given. */
  #withoutSecrets(message: string, value: unknown, path: readonly string[] = []): string {
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).reduce(
        (text, [key, part]) => this.#withoutSecrets(text, part, [...path, key]),
        message,
      );
    }
    const text = String(value ?? "");
    return text !== "" && this.declaration.isSecret(path) ? message.replaceAll(text, hidden) : message;
  }

  #show(value: unknown, path: readonly PropertyKey[]): unknown {
    if (path.length > 0 && this.declaration.isSecret(path) && value !== undefined) return hidden;
    if (Array.isArray(value)) return value.map((part, index) => this.#show(part, [...path, String(index)]));
    if (isPlainObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.#show(part, [...path, key])]));
    }
    if (typeof value === "bigint" || typeof value === "symbol") return String(value);
    if (typeof value === "function") return `[function ${value.name}]`;
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    if (typeof value === "object" && value !== null) return `[${value.constructor?.name ?? "object"}]`;
    return value;
  }
}

/** Freezes plain objects and lists through and through; what has a life of its own stays as it is. */
function frozen<T>(value: T): T {
  if (!(Array.isArray(value) || isPlainObject(value)) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
