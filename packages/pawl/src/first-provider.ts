import { PawlTypeError, type Providers, type Service } from "@pawl/kernel";

/** The providers with one more, which comes first. @throws TypeError `PAWL_BAD_OPTION` where there is one of that name */
export function withFirst(name: string, service: Service, providers: Providers | undefined): Providers {
  const first = { [name]: service };
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
