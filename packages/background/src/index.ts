// Queues
export { type Queue, queue } from "./queue/queue.ts";
export type { ItemContext } from "./queue/queue-entry.ts";
export type { QueueItem } from "./queue/queue-item.ts";
export type { PushOptions, QueueOptions, QueueOverflow, TryOptions } from "./queue/queue-options.ts";
export type { QueueResults } from "./queue/queue-results.ts";

// Polls
export type { ValueOptions } from "./poll/first-value.ts";
export { type Poll, type PollOptions, poll } from "./poll/poll.ts";

// Consumers
export { type ConsumeEventOptions, type ConsumeOptions, consume } from "./consume/consume.ts";
export type { Consumer } from "./consume/consumer.ts";
export type {
  Emitter,
  Source,
  SourceObserver,
  Subscribable,
  SubscribableEach,
  WebStream,
  WebStreamReader,
} from "./consume/source.ts";

// Child processes
export {
  type ChildProcess,
  childProcess,
  type LineContext,
  type LineFunction,
  type ProcessOptions,
} from "./process/child-process.ts";
export { ProcessError, type ProcessExit } from "./process/process-error.ts";

// Worker threads
export { type CallOptions, worker, type WorkerCalls, type WorkerHandle, type WorkerOptions } from "./worker/worker.ts";
export { WorkerEndedError, WorkerFullError, WorkerTimeoutError } from "./worker/worker-errors.ts";

// Files
export { type Ignore, type Watch, type WatchFunction, type WatchOptions, watch } from "./watch/watch.ts";
export type { FileEvent } from "./watch/known-files.ts";

// Facts and errors
export { backgroundErrorCodes } from "./errors/background-error-codes.ts";
export {
  QueueDeadlockError,
  QueueDroppedError,
  QueueFullError,
  QueueLeftError,
  QueueTimeoutError,
} from "./errors/queue-errors.ts";
export type { ProcessFacts } from "./process/process-facts.ts";
export type { QueueFacts } from "./queue/queue-facts.ts";
