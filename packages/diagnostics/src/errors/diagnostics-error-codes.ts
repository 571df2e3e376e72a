/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const diagnosticsErrorCodes = {
  PAWL_FLIGHT_NOT_WRITTEN: "the record of what happened cannot be written",
  PAWL_FLIGHT_UNREADABLE: "a file is no flight record, or none that this version can read",
} as const;

type DiagnosticsErrorCodes = Record<keyof typeof diagnosticsErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends DiagnosticsErrorCodes {}
}
