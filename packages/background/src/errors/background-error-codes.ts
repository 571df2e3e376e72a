/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const backgroundErrorCodes = {
  PAWL_PROCESS_FAILED: "a child process ended with an exit code other than 0, or by a signal",
  PAWL_PROCESS_NO_INPUT: "a child process takes no input",
  PAWL_PROCESS_NOT_STARTED: "a child process could not be started",
  PAWL_QUEUE_DROPPED: "an item gave way to another one, since its queue was full",
  PAWL_QUEUE_FULL: "an item was refused, since its queue was full",
  PAWL_QUEUE_LEFT: "a queue had to end before it had worked off what it held",
  PAWL_QUEUE_TIMEOUT: "a try of a queue item took longer than its timeout",
} as const;

type BackgroundErrorCodes = Record<keyof typeof backgroundErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends BackgroundErrorCodes {}
}
