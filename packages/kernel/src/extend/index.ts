// What packages build on that add to the kernel; programs do not need it.

export type { ActionInfo } from "../actions/action.ts";
export type { CallActionOptions } from "../actions/action-call.ts";
export {
  cancelOn,
  checkCallback,
  checkOptions,
  checkSignal,
  labelOf,
  settleFailure,
} from "../activities/activity-options.ts";
export { CronPattern } from "../activities/cron-pattern.ts";
export { HeldHandle } from "../activities/held-handle.ts";
export { HeldOutcome, type Outcome } from "../activities/held-outcome.ts";
export type { IntervalFace } from "../activities/interval.ts";
export { LazyContext, LazySignal, type SignalSource } from "../activities/lazy-signal.ts";
export { type Backoff, backoffOf } from "../backoff.ts";
export { isPromiseLike } from "../bounded.ts";
export { BoundedBuffer, type Overflow } from "../bounded-buffer.ts";
// The bus, looked at
export { checkEventName, compilePattern } from "../bus/pattern.ts";
export { type CallEnd, type CallSpec, describe as describeCall } from "../call.ts";
export { isoTime, wallTimeOf } from "../clock.ts";
export { describeSnapshot } from "../describe.ts";
export { cancellation, messageOf } from "../errors/errors.ts";
export { type Issue, issueLine } from "../errors/issue.ts";
export { nearestName } from "../errors/nearest-name.ts";
export { isRemote, markRemote } from "../errors/remote-mark.ts";
export type { Instrumentation, InstrumentedCall } from "../instrumentation.ts";
// The parts of a face of the kernel
export type { KernelParts, NamedService } from "../lifecycle/kernel-run.ts";
export { lowerCamelCase } from "../lifecycle/name-set.ts";
export { type JsonSchema, jsonSchemaOf } from "../options/json-schema.ts";
export { type OptionLeaf, optionLeaves } from "../options/option-leaves.ts";
export type { GivenOption } from "../options/option-values.ts";
export { optionIssueLine } from "../options/options-error.ts";
export type { PlannedStart } from "../providers/planned-start.ts";
export { isSchema } from "../schema.ts";
export type { Activity } from "../scope.ts";
// Actions, for transports
export { actionsOf, callAction, callActionOf, type ListedAction, listActions } from "./actions.ts";
export { type BusProbe, type EventReceiver, probeBus } from "./bus-probe.ts";
export { type KernelScope, kernelScope, loadParts } from "./kernel-scope.ts";
// Looking at a kernel, and around its calls
export {
  addFigures,
  clockOf,
  inspectOne,
  instrument,
  isInstrumented,
  lastStartOf,
  listServices,
  runningNow,
  triggersOf,
} from "./observe.ts";
// Options, and what a command line needs
export {
  changeOptions,
  giveOptions,
  type OptionSpec,
  optionSpecs,
  plannedStart,
  providerNames,
  startOnly,
  validateOptions,
} from "./options.ts";
export { perKernel } from "./per-kernel.ts";
// The run of a service, for functions that take the owning service first
export { callsOf, inEveryRun, type ServiceCalls, type ServiceScope, scopeOf } from "./service-scope.ts";
export { type ServiceSummary, summaryOf } from "./service-summary.ts";
