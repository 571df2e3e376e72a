// Flight recorder
export type { FlightFacts } from "./flight/flight-facts.ts";
export type { FlightHeader, RecordedFact } from "./flight/flight-format.ts";
export type { FlightOptions } from "./flight/flight-options.ts";
export { FlightRecorder, recorderOf } from "./flight/flight-recorder.ts";
export type { RecordedError } from "./flight/plain-value.ts";
export { type Flight, readFlight } from "./flight/read-flight.ts";

// The tree
export { snapshotLines } from "./tree/snapshot-lines.ts";
export { wholeSeconds } from "./tree/whole-seconds.ts";

// The event loop
export type { LoopFacts } from "./watchdog/loop-facts.ts";
export { userFrames } from "./watchdog/user-frames.ts";
export { Watchdog, type WatchdogOptions } from "./watchdog/watchdog.ts";

// Errors
export { diagnosticsErrorCodes } from "./errors/diagnostics-error-codes.ts";
