import { type ErrorCode, PawlError } from "@pawl/kernel";
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { asOneError, keepSessions, type TestSession } from "./test-session.ts";

/**
 * For vitest, as a setup file or as an import of a test file:
 *
 * - After each test every app that {@link testApp} or {@link createTestApp} made in it must have been stopped. One that
 *   was not is stopped, and the test fails naming it. Apps made outside of tests (in `beforeAll`) are looked at in the
 *   end of the file.
 * - What is wrong with such an app in the end (errors that nobody looked at, leaks) fails the test beside the failure of
 *   the test itself, where a throw from `await using` would wrap both into one `SuppressedError`. Apps that were stopped
 *   without being disposed of are looked at too.
 * - `expect(error).toBePawlError("PAWL_OWNED", { path: "shop" })`
 *
 * Tests that run concurrently answer together: when the last of them has ended.
 *
 * @example
 * // vitest.config.ts
 * export default defineConfig({ test: { setupFiles: ["@pawl/testing/vitest"] } });
 */

/** What `toBePawlError` compares besides the code. */
export interface ExpectedError {
  /** The owner path of the culprit. */
  readonly path?: string;
  /** A part of the message, or a pattern. */
  readonly message?: string | RegExp;
}

declare module "vitest" {
  // The parameters must be those of vitest 5.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** That it is an error of Pawl with this code. */
    toBePawlError(code: ErrorCode, expected?: ExpectedError): R;
  }
}

let running = 0;
let problems: unknown[] = [];
const ofTests = new Set<WeakRef<TestSession>>();
const ofFile = new Set<WeakRef<TestSession>>();

keepSessions({
  made: (session) => void (running > 0 ? ofTests : ofFile).add(new WeakRef(session)),
  takes(found) {
    if (running > 0) problems.push(...found);
    return running > 0;
  },
});

beforeEach(() => {
  running++;
});

afterEach(async () => {
  if (--running === 0) await finishAll(ofTests, "test");
});

afterAll(async () => {
  await finishAll(ofFile, "file");
});

async function finishAll(sessions: Set<WeakRef<TestSession>>, what: string): Promise<void> {
  // Newest first, as `await using` does: the last one to be finished looks at the whole process.
  for (const weak of [...sessions].reverse()) {
    const session = weak.deref();
    if (!session) continue;
    if (session.isUp) problems.push(notStopped(session, what));
    problems.push(...(await session.finish()));
  }
  sessions.clear();
  const found = problems;
  problems = [];
  if (found.length > 0) throw asOneError(`the ${what}`, found);
}

function notStopped({ kernel }: TestSession, what: string): PawlError {
  return new PawlError(
    "PAWL_TEST_NOT_STOPPED",
    `${kernel.name}: the ${what} ended while it was ${kernel.state}; it has been stopped now. Make it with "await using", or await its stop()`,
  );
}

expect.extend({
  toBePawlError(error: unknown, code: ErrorCode, { path, message }: ExpectedError = {}) {
    const is = PawlError.is(error);
    const found = is ? { code: error.code, path: error.path, message: error.message } : error;
    const pass =
      is &&
      error.code === code &&
      (path === undefined || error.path === path) &&
      (message === undefined ||
        (typeof message === "string" ? error.message.includes(message) : message.test(error.message)));
    const wanted = { code, ...(path === undefined ? {} : { path }), ...(message === undefined ? {} : { message }) };
    return {
      pass,
      message: () =>
        `expected ${this.utils.printReceived(found)} ${this.isNot ? "not " : ""}to be ${this.utils.printExpected(wanted)}`,
    };
  },
});
