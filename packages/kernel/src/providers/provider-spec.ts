import { PawlTypeError } from "../errors/pawl-error.ts";
import { isService } from "../lifecycle/cell-of.ts";
import { checkName } from "../lifecycle/name-set.ts";
import { type RestartPolicy, restartPolicyOf } from "../lifecycle/restart-policy.ts";
import { Service } from "../service.ts";
import { isProvided, type ProvideOptions } from "./provide.ts";

/** One entry of `providers`, looked through: what it is and how it is made. */
export interface ProviderSpec {
  readonly name: string;
  readonly kind: "instance" | "class" | "factory";
  readonly target: unknown;
  readonly options: ProvideOptions<never>;
  /** Undefined for one that is not restarted. */
  readonly policy: RestartPolicy | undefined;
}

/** Looks through `providers`: stages in order, each with its entries in listed order. @throws TypeError */
export function readProviders(providers: unknown): readonly (readonly ProviderSpec[])[] {
  if (providers === undefined) return [];
  const seen = new Set<string>();
  const read = (stage: unknown) => {
    if (typeof stage !== "object" || stage === null) throw badProvider("providers", stage);
    return Object.entries(stage).map(([name, entry]) => {
      checkName(name, "providers");
      if (seen.has(name)) {
        throw new PawlTypeError(
          "PAWL_BAD_PROVIDER",
          `providers: "${name}" is listed twice; give one of them another name`,
        );
      }
      seen.add(name);
      return readProvider(name, entry);
    });
  };
  if (Array.isArray(providers)) return providers.map(read);
  // A plain object is a sequence: each entry is a stage of its own.
  return read(providers).map((spec) => [spec]);
}

const noOptions: ProvideOptions<never> = {};

function readProvider(name: string, entry: unknown): ProviderSpec {
  const { target, options } = isProvided(entry) ? entry : { target: entry, options: noOptions };
  const policy = options === noOptions ? undefined : restartPolicyOf(options, `providers.${name}`);
  if (isService(target)) return { name, kind: "instance", target, options, policy };
  if (typeof target !== "function") throw badProvider(name, target);
  if (Reflect.get(target, "prototype") instanceof Service) return { name, kind: "class", target, options, policy };
  if (/^class\b/.test(Function.prototype.toString.call(target))) {
    throw new PawlTypeError(
      "PAWL_BAD_PROVIDER",
      `providers.${name}: the class ${target.name} is not a Service; extend Service, or give a factory: ${name}: (services) => new ${target.name}(…)`,
    );
  }
  return { name, kind: "factory", target, options, policy };
}

function badProvider(name: string, value: unknown): PawlTypeError {
  const what = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new PawlTypeError(
    "PAWL_BAD_PROVIDER",
    `${name === "providers" ? name : `providers.${name}`}: ${what} cannot be provided; give a Service, a class that extends Service, or a factory: ${name}: () => value`,
  );
}
