import { afterEach, beforeEach, expect } from "vitest";

/**
 * Expects of each test of the file that it leaves no rejection unhandled, up to a turn of the event loop after it; gives
 * those of the test under way.
 */
export function expectNoUnhandledRejection(): readonly unknown[] {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", onUnhandled);
  });
  afterEach(async () => {
    await new Promise(setImmediate);
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  });
  return unhandled;
}
