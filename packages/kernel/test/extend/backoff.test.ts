import { isRetryLater, RetryLater } from "@pawl/kernel";
import { backoffOf } from "@pawl/kernel/extend";
import { describe, expect, it, vi } from "vitest";

describe("backoff", () => {
  it("doubles from 100ms to 10s, and leaves up to half of each wait to chance", () => {
    const { delay } = backoffOf(undefined, "test");
    vi.spyOn(Math, "random").mockReturnValue(0);
    expect([1, 2, 3, 7, 8, 50].map(delay)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
    vi.spyOn(Math, "random").mockReturnValue(0.999_999);
    expect(delay(1)).toBeCloseTo(50, 2);
  });

  it("takes a duration as always that long, false as no wait, and options", () => {
    expect(backoffOf("2s", "test").delay(9)).toBe(2_000);
    expect(backoffOf(false, "test").delay(9)).toBe(0);
    const { delay } = backoffOf({ initial: "1s", factor: 3, max: "20s", jitter: 0 }, "test");
    expect([1, 2, 3, 4].map(delay)).toEqual([1_000, 3_000, 9_000, 20_000]);
  });

  it.each([
    [{ factor: 0.5 }, "queue(): factor must be 1 or more, not 0.5"],
    [{ jitter: 2 }, "queue(): jitter must be from 0 to 1, not 2"],
    [true, "queue(): it must be a duration, false or { initial, max, factor, jitter }, not true"],
    [{ initial: "soon" }, 'queue(): initial: "soon" is no duration'],
  ])("refuses %j", (options, message) => {
    expect(() => backoffOf(options as never, "queue()")).toThrow(message);
  });
});

describe("RetryLater", () => {
  it("says when, and why", () => {
    const cause = new Error("429");
    expect(new RetryLater("5s", cause)).toMatchObject({ afterMs: 5_000, after: "5s", cause, code: "PAWL_RETRY_LATER" });
    expect(new RetryLater("5s", cause).message).toBe("try again in 5s: 429");
    expect([new RetryLater(1), new Error("no"), undefined].map(isRetryLater)).toEqual([true, false, false]);
  });

  it("refuses what is no duration", () => {
    expect(() => new RetryLater(0)).toThrow(RangeError);
  });
});
