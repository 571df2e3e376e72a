/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const cliErrorCodes = {
  PAWL_APP_AMBIGUOUS: "several apps run, and it was not said which is meant",
  PAWL_APP_NOT_FOUND: "no app of that name or process id runs here",
  PAWL_CLI_NOT_EMPTY: "pawl new was given a directory that has something in it",
  PAWL_CLI_NO_APP: "a module exports no app",
  PAWL_CLI_USAGE: "the pawl command was called in a way that it does not understand",
  PAWL_CONTROL_DIRECTORY: "the directory of control sockets is not this user's alone, or cannot be made",
  PAWL_CONTROL_REFUSED: "an app refused, or failed at, what it was asked for",
  PAWL_CONTROL_UNREACHABLE: "an app did not answer",
  PAWL_LOG_FILE: "the log file cannot be opened",
} as const;

type CliErrorCodes = Record<keyof typeof cliErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends CliErrorCodes {}
}
