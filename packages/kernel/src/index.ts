// The kernel and its services
export { type AppServices, type EventSchemas, Kernel, type KernelConfig, type ObserveOptions } from "./kernel.ts";
export type { Dependencies } from "./lifecycle/dependencies.ts";
export type { Strategy, SuperviseOptions } from "./lifecycle/restart-policy.ts";
export type { State, StopReason } from "./lifecycle/state.ts";
export type { ErrorOrigin } from "./scope.ts";
export { type AdoptOptions, type HookResult, Service, type ServiceOf } from "./service.ts";

// Providers
export {
  type AnyProvider,
  type Declared,
  type Deps,
  type Factory,
  type Provided,
  type ProvideOptions,
  type ProviderOf,
  type Providers,
  provide,
  type Resolved,
  type ServiceClass,
  type ServicesOf,
  type Stage,
} from "./providers/provide.ts";

// Options
export type { OptionSource } from "./options/option-values.ts";
export type { OptionsConfig, OptionsSchema } from "./options/options-declaration.ts";
export { type OptionIssue, OptionsError } from "./options/options-error.ts";
export type { Configured, OptionsOf, WithOptions } from "./options/with-options.ts";

// Declared names
export type {
  EventArgs,
  EventItem,
  EventMap,
  EventName,
  EventPattern,
  EventPayload,
  Events,
  Listener,
  ServiceMap,
  ServiceName,
  Services,
} from "./registry.ts";

// Actions
export type {
  Action,
  ActionContext,
  ActionInput,
  ActionOptions,
  ActionResult,
  OutputOptions,
} from "./actions/action.ts";

// Activities, events and resources
export type { ActivityOptions, CallContext, Handle, OnFailure, TickContext } from "./activities/activity-options.ts";
export type { CronOptions } from "./activities/cron.ts";
export type { EventStream, EventsOptions } from "./activities/event-stream.ts";
export type { IntervalOptions } from "./activities/interval.ts";
export type { Awaitable } from "./activities/held-handle.ts";
export type { Task } from "./activities/task.ts";
export type { Interval, IntervalOf } from "./activities/interval-handle.ts";
export type { Timeout, TimeoutOptions } from "./activities/timeout.ts";
export type { WaitOptions } from "./activities/wait-for.ts";
export type { EventBus } from "./bus/event-bus.ts";
export type { ListenOptions } from "./bus/listen-options.ts";
export type { Subscription } from "./bus/subscription.ts";
export type { Releasable } from "./release-rule.ts";

// Time, schemas, logs
export type { BackoffOptions } from "./backoff.ts";
export type { Overflow } from "./bounded-buffer.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Duration, formatDuration, isDuration, milliseconds } from "./duration.ts";
export { type LogFn, type Logger, silentLogger } from "./logger.ts";
export type { InferInput, InferOutput, Schema } from "./schema.ts";

// Facts and snapshots
export type { Fact, FactKind, FactSelector, Facts } from "./facts.ts";
export type {
  ActivitySnapshot,
  CallSnapshot,
  KernelSnapshot,
  ResourceSnapshot,
  ServiceSnapshot,
} from "./inspect.ts";
export type { DiagramFormat } from "./describe.ts";
export type { HealthOptions, HealthReport, HealthStatus, ServiceHealth } from "./health/health.ts";
export { type Warning, type WarningSnapshot, warn } from "./health/warning.ts";
export type { WaitSnapshot } from "./stop-waits.ts";

// Errors
export {
  ActionError,
  type ActionErrorOptions,
  ActionFailedError,
  ActionInputError,
  type ActionIssue,
  ActionTimeoutError,
  isActionError,
  UnknownActionError,
} from "./errors/action-errors.ts";
export { type ErrorCodes, errorCodes } from "./errors/error-codes.ts";
export {
  AbandonedError,
  AbortError,
  CrashError,
  CycleError,
  EmitError,
  EventLoopError,
  EventPayloadError,
  EventSchemaError,
  isAbortError,
  isRetryLater,
  NotRunningError,
  OwnedError,
  RetryLater,
  StartError,
  StepError,
  StopError,
  UnknownServiceError,
  WaitTimeoutError,
} from "./errors/errors.ts";
export {
  type ErrorCode,
  PawlAggregateError,
  PawlError,
  type PawlErrorOptions,
  type PawlErrorShape,
  PawlRangeError,
  PawlTypeError,
} from "./errors/pawl-error.ts";
export { EventsDroppedError, ListenerFullError, type WhyDropped } from "./errors/unhandled-events.ts";
