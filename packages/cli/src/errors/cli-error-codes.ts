/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const cliErrorCodes = {
  PAWL_LOG_FILE: "the log file cannot be opened",
} as const;

type CliErrorCodes = Record<keyof typeof cliErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends CliErrorCodes {}
}
