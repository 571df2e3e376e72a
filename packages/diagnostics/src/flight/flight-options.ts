import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { type FactSelector, PawlRangeError, PawlTypeError } from "@pawl/kernel";

/** What a recorder keeps, and where it writes it. */
export interface FlightOptions {
  /** How many facts it keeps: the last ones. @default 10_000 */
  readonly size?: number;
  /**
   * Kinds (`"service.started"`) or groups of kinds (`"service.*"`); `["*"]` keeps those of single events, ticks, tasks and
   * calls as well, at a price for each.
   *
   * @default all but those
   */
  readonly kinds?: readonly FactSelector[];
  /** The directory of the files that it writes, made where it is missing. @default os.tmpdir() */
  readonly dir?: string;
}

export interface FlightSettings {
  readonly size: number;
  readonly kinds: readonly FactSelector[] | undefined;
  readonly dir: string;
}

const defaultSize = 10_000;

/** @throws TypeError or RangeError `PAWL_BAD_OPTION` */
export function flightSettings(options: FlightOptions, what: string): FlightSettings {
  if (typeof options !== "object" || options === null) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${what}: it must be an object of options, not ${String(options)}`);
  }
  const { size = defaultSize, kinds, dir = tmpdir() } = options;
  if (typeof size !== "number") {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${what}: size must be a number, not ${String(size)}`);
  }
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new PawlRangeError("PAWL_BAD_OPTION", `${what}: size must be a whole number, 1 or more, not ${size}`);
  }
  if (kinds !== undefined && !Array.isArray(kinds)) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${what}: kinds must be an array such as ["service.*"]`);
  }
  if (typeof dir !== "string" || dir === "") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${what}: dir must be the path of a directory, not ${JSON.stringify(dir)}`,
    );
  }
  return { size, kinds, dir: resolve(dir) };
}
