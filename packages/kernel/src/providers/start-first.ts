import type { ProviderEntry } from "./provider-entry.ts";

/** Thrown into a factory that reads what has not started: that starts, then the factory is called again. */
export class StartFirst extends Error {
  readonly need: ProviderEntry;

  constructor(need: ProviderEntry) {
    super(`${need.name} starts first; then this factory is called again`);
    this.need = need;
  }
}
