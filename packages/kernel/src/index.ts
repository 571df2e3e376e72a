// The kernel and its services
export { Kernel, type AppServices, type EventSchemas, type KernelConfig, type ObserveOptions } from "./kernel.ts";
export { Service, type HookResult, type ListenOptions, type ServiceOf } from "./service.ts";
export type { LifecycleOptions } from "./lifecycle/service-cell.ts";
export type { Dependencies } from "./lifecycle/dependencies.ts";
export type { State, StopReason } from "./lifecycle/state.ts";
export type { ErrorOrigin } from "./scope.ts";

// Providers
export {
  provide,
  type AnyProvider,
  type Declared,
  type Deps,
  type Factory,
  type Provided,
  type ProvideOptions,
  type ProviderOf,
  type Providers,
  type Resolved,
  type ServiceClass,
  type ServicesOf,
  type Stage,
} from "./providers/provide.ts";

// Declared names
export type {
  EventArgs,
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

// Activities and resources
export type { ActivityOptions, CallContext, Handle, OnFailure } from "./activities/activity-options.ts";
export type { Interval, IntervalOptions } from "./activities/interval.ts";
export type { Task } from "./activities/task.ts";
export type { Timeout, TimeoutOptions } from "./activities/timeout.ts";
export type { WaitOptions } from "./activities/wait-for.ts";
export type { EventBus } from "./bus/event-bus.ts";
export type { Subscription } from "./bus/subscription.ts";
export type { Releasable } from "./release-rule.ts";

// Time, schemas, logs
export { systemClock, type Clock } from "./clock.ts";
export { formatDuration, isDuration, milliseconds, type Duration } from "./duration.ts";
export type { InferInput, InferOutput, Schema } from "./schema.ts";
export { silentLogger, type LogFn, type Logger } from "./logger.ts";

// Facts and snapshots
export type { Fact, FactKind, Facts, FactSelector } from "./facts.ts";
export type {
  ActivitySnapshot,
  CallSnapshot,
  KernelSnapshot,
  ResourceSnapshot,
  ServiceSnapshot,
} from "./inspect.ts";

// Errors
export { errorCodes, type ErrorCodes } from "./errors/error-codes.ts";
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
  NotRunningError,
  OwnedError,
  StartError,
  StepError,
  StopError,
  UnknownServiceError,
  WaitTimeoutError,
} from "./errors/errors.ts";
export {
  PawlAggregateError,
  PawlError,
  PawlRangeError,
  PawlTypeError,
  type ErrorCode,
  type PawlErrorOptions,
  type PawlErrorShape,
} from "./errors/pawl-error.ts";

// For packages that add to the kernel
export { scopeOf, type ServiceScope } from "./extend.ts";
export type { CallEnd, CallSpec } from "./call.ts";
export type { KernelParts, NamedService } from "./lifecycle/kernel-lifecycle.ts";
