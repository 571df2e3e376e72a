import type { ServicesOf } from "pawl";
import type { providers } from "./providers.ts";
import type { Hashed } from "./services/hashing.ts";

// The names of this program: what `emit`, `listen` and `service` know.
declare module "pawl" {
  interface Events {
    "file:arrived": { readonly path: string };
    "file:hashed": Hashed;
  }
  interface Services extends ServicesOf<typeof providers> {}
}
