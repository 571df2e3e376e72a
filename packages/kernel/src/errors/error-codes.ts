/**
 * Every code of the kernel with what it means. `docs/ERRORS.md` explains each, and a test compares the two in both
 * directions. Other packages keep a table of their own and add its keys to {@link ErrorCodes}.
 */
export const errorCodes = {
  PAWL_ABANDONED: "user code did not settle in its time during a stop and was left behind",
  PAWL_ABORTED: "cancelled: the service stopped, or the handle was cancelled",
  PAWL_ACTION_ERROR: "an action refused a call and says why",
  PAWL_ACTION_FAILED: "an action failed",
  PAWL_ACTION_INPUT: "an input does not fit the schema of its action",
  PAWL_ACTION_OUTPUT: "the result of an action does not fit its output schema",
  PAWL_ACTION_TIMEOUT: "a call of an action did not end in its time",
  PAWL_ASYNC_FACTORY: "an async factory is listed after a provider that needs it",
  PAWL_BAD_ACTION: "an action is declared in a way in which nobody could call it",
  PAWL_BAD_DURATION: "an argument is no duration",
  PAWL_BAD_EVENT: "an event name or pattern is malformed",
  PAWL_BAD_NAME: "a provider or service name cannot be used",
  PAWL_BAD_OPTION: "an option has a value that it cannot have",
  PAWL_BAD_OPTIONS: "options of services do not fit their schema",
  PAWL_BAD_PROVIDER: "an entry of providers is nothing that can be provided",
  PAWL_CRASHED: "a service crashed and nothing restarted it",
  PAWL_CYCLE: "services wait for each other",
  PAWL_EMIT_FAILED: "listeners failed during emitAndWait",
  PAWL_EVENTS_DROPPED: "events in line were dropped before they were handled",
  PAWL_EVENT_LOOP: "listeners emit each other's events without end",
  PAWL_EVENT_PAYLOAD: "a payload does not fit the schema of its event",
  PAWL_EVENT_SCHEMA: "the schema of an event validates asynchronously",
  PAWL_LATE_NEED: "a provider was read from the constructor's or factory's argument too late",
  PAWL_LISTENER_FULL: "an event was refused because too many were in line",
  PAWL_NOT_RELEASABLE: "own() was given something that it cannot release",
  PAWL_NOT_RUNNING: "the service cannot take work in its state",
  PAWL_OBSERVER_CALL: "an observer of facts called the kernel",
  PAWL_OWNED: "the service already has an owner",
  PAWL_RETRY_LATER: "not a failure: a tick, loop or queue item asks for another try later",
  PAWL_START_ABORTED: "a stop was asked for before the start had ended",
  PAWL_START_FAILED: "a service could not start",
  PAWL_START_TIMEOUT: "a service did not start in time",
  PAWL_STEP_FAILED: "one step of a stop failed",
  PAWL_STOPPED_TOO_OFTEN: "a service that is to run always stopped itself too often",
  PAWL_STOP_FAILED: "a stop finished with failures",
  PAWL_UNKNOWN_ACTION: "there is no action of that name",
  PAWL_UNKNOWN_SERVICE: "there is no provider of that name",
  PAWL_WAIT_TIMEOUT: "an awaited event did not come in time",
} as const;

/** The codes that exist. A package adds its own: `declare module "@pawl/kernel" { interface ErrorCodes { … } }`. */
export interface ErrorCodes extends Record<keyof typeof errorCodes, string> {}
