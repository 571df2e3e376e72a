// Virtual time
export { type PendingTimer, VirtualClock, type VirtualClockOptions, virtualClock } from "./virtual-clock.ts";

// Test apps
export { createTestApp, type TestApp, type TestBase, type TestParts, testApp } from "./test-app.ts";

// Recorders
export type { RecordedError } from "./error-recorder.ts";
export { type EventRecorder, type RecordedEvent, recordEvents } from "./event-recorder.ts";
export { type FactRecorder, recordFacts } from "./fact-recorder.ts";

// Errors
export { testingErrorCodes } from "./testing-error-codes.ts";
