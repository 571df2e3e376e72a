/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const backgroundErrorCodes = {
  PAWL_PROCESS_FAILED: "a child process ended with an exit code other than 0, or by a signal",
  PAWL_PROCESS_NO_INPUT: "a child process takes no input",
  PAWL_PROCESS_NOT_STARTED: "a child process could not be started",
  PAWL_QUEUE_DEADLOCK: "an item waits for its own queue, and so for itself",
  PAWL_QUEUE_DROPPED: "an item gave way to another one, since its queue was full",
  PAWL_QUEUE_FULL: "an item was refused, since its queue was full",
  PAWL_QUEUE_LEFT: "a queue had to end before it had worked off what it held",
  PAWL_QUEUE_TIMEOUT: "a try of a queue item took longer than its timeout",
  PAWL_WATCH_FAILED: "files cannot be watched",
  PAWL_WATCH_LEFT: "a watch had to end before it had told all that it had seen",
  PAWL_WORKER_ENDED: "a worker thread ended unasked",
  PAWL_WORKER_FULL: "a call of a worker was refused, since too many wait",
  PAWL_WORKER_NOT_SENT: "the arguments of a call cannot be sent to a worker",
  PAWL_WORKER_TIMEOUT: "a call of a worker took longer than its timeout",
} as const;

type BackgroundErrorCodes = Record<keyof typeof backgroundErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends BackgroundErrorCodes {}
}
