import { isPromiseLike } from "../bounded.ts";
import { messageOf } from "../errors/errors.ts";
import type { Issue as StandardIssue } from "../errors/issue.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import { copy, isPlainObject, type OptionValues, valueAt } from "./option-values.ts";
import type { OptionsDeclaration } from "./options-declaration.ts";
import { type OptionIssue, OptionsError } from "./options-error.ts";
import { withoutTexts, withoutValue } from "./secret-messages.ts";
import { shownValue } from "./shown-value.ts";

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

  /** Validates them; gives what does not fit. A schema that itself fails is one issue. */
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
    return shownValue(this.#value ?? {}, [], this.declaration) as Record<string, unknown>;
  }

  async #validated(
    path: string,
    values: OptionValues,
  ): Promise<{ readonly value: object } | { readonly issues: readonly OptionIssue[] }> {
    try {
      const answer = this.declaration.schema["~standard"].validate(values.raw);
      const result = isPromiseLike(answer) ? await answer : answer;
      if (result.issues) return { issues: result.issues.map((issue) => this.#issue(path, values, issue)) };
      return { value: frozen(copy(result.value)) };
    } catch (cause) {
      return { issues: [this.#failure(path, values, cause)] };
    }
  }

  /** What the schema threw instead of saying what does not fit. */
  #failure(path: string, values: OptionValues, cause: unknown): OptionIssue {
    const { source, where } = values.origin([]);
    const issue = { path, key: "", source, where };
    // The error may hold the secret in any of its parts, and in any form.
    return this.declaration.hasSecret([])
      ? { ...issue, expected: "its schema failed; what it threw is left out, as it may tell a secret" }
      : { ...issue, expected: `its schema failed: ${messageOf(cause)}`, cause };
  }

  #issue(path: string, values: OptionValues, issue: StandardIssue): OptionIssue {
    const { declaration } = this;
    const at = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    const { source, where } = values.origin(at);
    const given = valueAt(values.raw, at);
    const isSecret = declaration.isSecret(at);
    const hasSecret = isSecret || declaration.hasSecret(at);
    const isHidden = typeof given === "string" ? hasSecret : isSecret;
    const isShown = !isHidden && given !== undefined && at.length > 0;
    return {
      path,
      key: at.map(String).join("."),
      source,
      where,
      ...(isShown ? { given: shownValue(given, at, declaration) } : {}),
      expected: hasSecret ? withoutValue(issue, isSecret) : this.#withoutSecrets(issue.message, values),
    };
  }

  /** A schema may quote what it was given elsewhere, and what it has as a default. */
  #withoutSecrets(message: string, values: OptionValues): string {
    const { leaves } = this.declaration;
    const defaults = leaves.flatMap(({ path, schema }) => this.#secretTexts(schema.default, path));
    return withoutTexts(message, [...this.#secretTexts(values.raw, []), ...defaults]);
  }

  /** All that is secret of `value`, as it may be written. */
  #secretTexts(value: unknown, path: readonly string[], above: readonly unknown[] = []): readonly string[] {
    if (typeof value === "object" && value !== null) {
      if (above.includes(value)) return [];
      const within = [...above, value];
      return Object.entries(value).flatMap(([key, part]) => this.#secretTexts(part, [...path, key], within));
    }
    const text = String(value ?? "");
    const isSecret = typeof value === "string" ? this.declaration.hasSecret(path) : this.declaration.isSecret(path);
    return text !== "" && isSecret ? [text] : [];
  }
}

/** Freezes plain objects and lists through and through; what has a life of its own stays as it is. */
function frozen<T>(value: T): T {
  if (!(Array.isArray(value) || isPlainObject(value)) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
