import type { System } from "../conformance/system.ts";

/** A system that says of everything that it is done, and does nothing. */
export const system: System = {
  title: "idle",
  packages: [],
  configuration: {},
  app: () => ({ start: async () => {}, stop: async () => {} }),
};
