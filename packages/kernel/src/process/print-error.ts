import type { ErrorOrigin } from "../scope.ts";

/** Writes an error that nobody handles to stderr, after who it comes from. */
export function printError(error: unknown, origin?: ErrorOrigin): void {
  // Importing this module takes 3 ms, and few programs come here.
  const { inspect } = process.getBuiltinModule("node:util");
  process.stderr.write(`${origin ? `${origin.path}: ${origin.label}: ` : ""}${inspect(error)}\n`);
}
