// Recorders, leaks, test apps and virtual time; `docs/TESTING.md` shows them at work.
export type { RecordedError } from "./error-recorder.ts";
export { type EventRecorder, type RecordedEvent, recordEvents } from "./event-recorder.ts";
export { type FactRecorder, recordFacts } from "./fact-recorder.ts";
export { collectGarbage, isCollected } from "./is-collected.ts";
export { type Leak, type LeakCheck, type LeakCheckOptions, leakCheck } from "./leak-check.ts";
export { createTestApp, type TestApp, type TestBase, type TestOptions, type TestParts, testApp } from "./test-app.ts";
export { testingErrorCodes } from "./testing-error-codes.ts";
export { type PendingTimer, VirtualClock, type VirtualClockOptions, virtualClock } from "./virtual-clock.ts";
