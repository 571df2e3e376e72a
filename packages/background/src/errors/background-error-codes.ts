/** Every code of this package with what it means, as the kernel's `errorCodes`. */
export const backgroundErrorCodes = {
  PAWL_PROCESS_FAILED: "a child process ended with an exit code other than 0, or by a signal",
  PAWL_PROCESS_NO_INPUT: "a child process takes no input",
  PAWL_PROCESS_NOT_STARTED: "a child process could not be started",
} as const;

type BackgroundErrorCodes = Record<keyof typeof backgroundErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends BackgroundErrorCodes {}
}
