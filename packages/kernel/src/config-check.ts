import type { Clock } from "./clock.ts";
import { PawlTypeError } from "./errors/pawl-error.ts";
import type { Logger } from "./logger.ts";

const logMethods: readonly (keyof Logger)[] = ["trace", "debug", "info", "warn", "error", "child"];
const clockMethods: readonly (keyof Clock)[] = ["now", "wallTime", "setTimer", "defer"];

/**
 * Refuses a `logger`, `clock` or `events` of another kind, where it is configured rather than where it is first used.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 */
export function checkKinds(config: {
  readonly logger?: unknown;
  readonly clock?: unknown;
  readonly events?: unknown;
}): void {
  checkMethods("logger", config.logger, logMethods, "a logger such as pino()");
  checkMethods("clock", config.clock, clockMethods, "a clock such as systemClock");
  checkSchemas(config.events);
}

function checkMethods(option: string, value: unknown, methods: readonly string[], wanted: string): void {
  if (value === undefined) return;
  const missing = methods.filter((method) => typeof (value as Record<string, unknown> | null)?.[method] !== "function");
  if (missing.length === 0) return;
  const has =
    missing.length === methods.length ? "" : `, which has no ${missing.map((name) => `${name}()`).join(", ")}`;
  throw new PawlTypeError("PAWL_BAD_OPTION", `Kernel({ ${option} }): it must be ${wanted}, not ${kindOf(value)}${has}`);
}

function checkSchemas(events: unknown): void {
  if (events === undefined) return;
  if (typeof events === "object" && events !== null && !Array.isArray(events)) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `Kernel({ events }): it must be an object of schemas by event name, not ${kindOf(events)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
