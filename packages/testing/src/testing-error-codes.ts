/** Every code of this package with what it means, as the kernel's `errorCodes`. */
export const testingErrorCodes = {
  PAWL_TEST_ADVANCING: "the virtual clock was advanced while an advance was under way",
  PAWL_TEST_CLOCK_STUCK: "timers fire for ever without virtual time going on",
  PAWL_TEST_DISPOSE_FAILED: "several things were wrong when a test app was disposed of",
  PAWL_TEST_LEAK: "something was left behind",
  PAWL_TEST_NEVER_EMITTED: "the app was disposed of before an event that the test waits for",
  PAWL_TEST_NOT_STOPPED: "a test ended without stopping its app",
  PAWL_TEST_OTHER_CLOCK: "the test app runs on a clock that is not virtual",
  PAWL_TEST_UNSEEN_ERRORS: "errors went to onError and the test never looked at them",
} as const;

type TestingErrorCodes = Record<keyof typeof testingErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends TestingErrorCodes {}
}
