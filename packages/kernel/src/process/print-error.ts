import { inspect } from "node:util";
import type { ErrorOrigin } from "../scope.ts";

/** Writes an error that nobody handles to stderr, after who it comes from. */
export function printError(error: unknown, origin?: ErrorOrigin): void {
  process.stderr.write(`${origin ? `${origin.path}: ${origin.label}: ` : ""}${inspect(error)}\n`);
}
