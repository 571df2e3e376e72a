import { PawlTypeError } from "../errors/pawl-error.ts";
import type { KernelCore } from "../kernel-core.ts";
import { startTimeout } from "../lifecycle/start-failure.ts";
import type { ProviderSpec } from "../providers/provider-spec.ts";
import { type GivenOption, type OptionSource, OptionValues } from "./option-values.ts";
import { declaredOptions, type OptionsDeclaration } from "./options-declaration.ts";
import { OptionsError } from "./options-error.ts";
import { ServiceOptions } from "./service-options.ts";

/** The options of a provider, known before it starts. */
export interface ProviderOptions {
  readonly name: string;
  readonly className: string;
  readonly declaration: OptionsDeclaration;
  /** What `provide` was given. */
  readonly code: object;
}

/** The options of the providers of one kernel, from all sources, validated together before anything starts. */
export class KernelOptions {
  /** Those whose class is known: what a factory makes is not, until it has made it. */
  readonly providers: readonly ProviderOptions[];
  #given: readonly GivenOption[] = [];
  /** Of the start under way, or the last. */
  #ofStart: ReadonlyMap<string, ServiceOptions> = new Map();
  /** Whether they were validated for a start that has not begun. */
  #isAhead = false;

  constructor(specs: readonly ProviderSpec[]) {
    const providers: ProviderOptions[] = [];
    for (const { name, kind, target, options } of specs) {
      if (kind === "factory") continue;
      const of = (kind === "class" ? target : Reflect.get(target as object, "constructor")) as Class;
      const declaration = declaredOptions(of);
      if (declaration) providers.push({ name, className: of.name, declaration, code: options.options ?? {} });
      else if (options.options !== undefined) refuseOptions(options, of, `providers.${name}`);
    }
    this.providers = providers;
  }

  /** Takes the values from outside of the program, weakest first, in place of those that it had. */
  give(given: readonly GivenOption[]): void {
    this.#given = given;
    this.#isAhead = false;
  }

  /** Options of the start under way. */
  of(provider: string): ServiceOptions | undefined {
    return this.#ofStart.get(provider);
  }

  /**
   * Validates the options of all providers that start by themselves, and what was given from outside to the others; the
   * rest of theirs is validated when one of them is needed.
   * Nothing to wait for where there are none.
   *
   * @throws OptionsError with everything that does not fit; StartError where that cannot be found out in time
   */
  validate(core: KernelCore): Promise<void> | undefined {
    const isDone = this.#isAhead;
    this.#isAhead = false;
    if (isDone) return undefined;
    const all = this.providers.map(({ name, declaration, code }) => {
      const given = this.#given.filter(({ provider }) => provider === name);
      return [name, new ServiceOptions(declaration, new OptionValues(code, `providers.${name}`, given))] as const;
    });
    this.#ofStart = new Map(all);
    const known = all.filter(([name]) => core.isChosen(name) || this.#given.some(({ provider }) => provider === name));
    return known.length > 0 ? this.#validate(core, known) : undefined;
  }

  /** Validates them for the start that comes next. */
  async validateAhead(core: KernelCore): Promise<void> {
    this.#isAhead = false;
    await this.validate(core);
    this.#isAhead = true;
  }

  async #validate(core: KernelCore, known: readonly (readonly [string, ServiceOptions])[]): Promise<void> {
    const found = await Promise.all(
      known.map(async ([name, options]) => {
        const issues = await validateInTime(core, options, name, core.startTimeout);
        // What is missing from a provider that may not start at all is no mistake yet; a value that was given is one.
        return core.isChosen(name) ? issues : issues.filter(({ source }) => isFromOutside(source));
      }),
    );
    const issues = found.flat();
    if (issues.length > 0) throw new OptionsError(issues);
  }
}

/** Validates options within the start timeout. @throws StartError */
export async function validateInTime(
  core: KernelCore,
  options: ServiceOptions,
  path: string,
  limit: number,
): Promise<OptionsError["issues"]> {
  const validated = options.validate(path);
  const settled = validated.then(
    () => {},
    () => {},
  );
  if (await core.deadlines.wait(settled, limit, `${path}: validation of its options`).tellInTime()) return validated;
  throw startTimeout(path, limit, { path, doing: "validating its options" });
}

function isFromOutside(source: OptionSource): boolean {
  return source === "environment" || source === "flag";
}

type Class = abstract new (...args: never[]) => unknown;

/** @throws TypeError `PAWL_BAD_OPTION` for options in code where the class declares none */
export function refuseOptions(
  given: { readonly options?: unknown },
  of: { readonly name: string },
  where: string,
): void {
  if (given.options === undefined) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${where}: ${of.name} has no options; declare them: class ${of.name} extends Service.with({ options: schema })`,
  );
}
