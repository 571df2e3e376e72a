import { PawlRangeError, PawlTypeError } from "@pawl/kernel";

/** @throws TypeError or RangeError `PAWL_BAD_OPTION` for what is no whole number from `least` on */
export function checkCount(what: string, n: unknown, least: number): void {
  if (typeof n !== "number") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${what}: it must be a number, not ${typeof n === "string" ? JSON.stringify(n) : String(n)}`,
    );
  }
  if (Number.isSafeInteger(n) && n >= least) return;
  throw new PawlRangeError("PAWL_BAD_OPTION", `${what}: it must be a whole number, ${least} or more, not ${n}`);
}
