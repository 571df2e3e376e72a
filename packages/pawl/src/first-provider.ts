import { PawlTypeError, type Providers, type Service } from "@pawl/kernel";

/** A provider that an app adds where its config says so. */
interface AddedProvider<Options> {
  /** Of the provider, and of the config. */
  readonly name: string;
  make(options: Options | { readonly url: string }): Service;
}

/**
 * The providers with one more, which comes first: made of a URL or options, and left out without.
 *
 * @throws TypeError `PAWL_BAD_OPTION` for what is neither, or where there is a provider of that name
 */
export function withFirst<Options>(
  { name, make }: AddedProvider<Options>,
  given: string | Options | undefined,
  providers: Providers | undefined,
): Providers | undefined {
  if (given === undefined) return providers;
  if (typeof given !== "string" && (typeof given !== "object" || given === null)) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `App({ ${name} }): it must be a URL or options, not ${String(given)}`);
  }
  const first = { [name]: make(typeof given === "string" ? { url: given } : given) };
  if (providers === undefined) return first;
  if (Array.isArray(providers)) return [first, ...providers];
  if (name in providers) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `App({ ${name} }): it adds a provider of that name, and there is one already; take one of the two out`,
    );
  }
  return { ...first, ...providers };
}
