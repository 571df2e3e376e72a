import { PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** A record that could not be written; what was recorded is still in memory. */
export function flightNotWritten(name: string, file: string, cause: unknown): PawlError {
  return new PawlError(
    "PAWL_FLIGHT_NOT_WRITTEN",
    `${name}: the flight record cannot be written to ${file}: ${messageOf(cause)}; give the recorder a dir that this user may write to`,
    { path: name, cause },
  );
}

/** A file that cannot be read as a record; `why` says what it is instead, and what to do. */
export function flightUnreadable(file: string, why: string, cause?: unknown): PawlError {
  return new PawlError("PAWL_FLIGHT_UNREADABLE", `${file}: ${why}`, { cause });
}
