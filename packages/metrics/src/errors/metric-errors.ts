import { PawlRangeError, PawlTypeError } from "@pawl/kernel";
import type {} from "./metrics-error-codes.ts";

/** The name, unit or label of a metric does not do. */
export function badName(where: string, why: string): PawlTypeError {
  return new PawlTypeError("PAWL_METRIC_BAD_NAME", `${where}: ${why}`);
}

/** What was recorded is no number, or none that the metric can take. */
export function badValue(where: string, value: unknown, wanted: string): PawlRangeError {
  const shown = typeof value === "number" ? String(value) : `a ${value === null ? "null" : typeof value}`;
  return new PawlRangeError("PAWL_METRIC_BAD_VALUE", `${where}: it must be ${wanted}, not ${shown}`);
}

/** The service has declared the name for something else. */
export function taken(where: string, what: string): PawlTypeError {
  return new PawlTypeError(
    "PAWL_METRIC_TAKEN",
    `${where}: this service has ${what} under that name; give one of them another name`,
  );
}
