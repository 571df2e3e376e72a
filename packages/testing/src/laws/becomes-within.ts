import { deepEqual } from "node:assert/strict";
import { realNow, realPause } from "../real-time.ts";

/**
 * Gives what waits until `read` gives what is expected, for at most `limit` milliseconds of real time, and throws the
 * AssertionError of its last look then.
 */
export function becomesWithin(limit: number): (read: () => unknown, expected: unknown) => Promise<void> {
  return async (read, expected) => {
    const until = realNow() + limit;
    for (;;) {
      const value = await read();
      try {
        deepEqual(value, expected);
        return;
      } catch (error) {
        if (realNow() > until) throw error;
      }
      await realPause(5);
    }
  };
}
