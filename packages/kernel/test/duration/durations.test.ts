import { type Duration, formatDuration, isDuration, Kernel, milliseconds } from "@pawl/kernel";
import { describe, expect, it } from "vitest";

describe("A number is seconds, a string carries its unit", () => {
  it.each<[Duration, number]>([
    [60, 60_000],
    [0.25, 250],
    [1e-3, 1],
    ["250ms", 250],
    ["60s", 60_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["1.5s", 1_500],
    ["0.5ms", 0.5],
    [".5s", 500],
    ["2.s", 2_000],
    ["1e3ms", 1_000],
    ["+5s", 5_000],
    ["5 s", 5_000],
    [" 5s", 5_000],
    ["100d", 8_640_000_000],
  ])("%s is %d ms", (duration, ms) => {
    expect(milliseconds(duration)).toBeCloseTo(ms, 9);
    expect(isDuration(duration)).toBe(true);
  });

  it.each([
    ["zero", 0],
    ["zero with a unit", "0s"],
    ["a negative number", -1],
    ["a negative length with a unit", "-5m"],
    ["NaN", Number.NaN],
    ["an infinite number", Number.POSITIVE_INFINITY],
    ["a negative infinite number", Number.NEGATIVE_INFINITY],
    ["more than a number can hold", "1e999s"],
  ])("throws a RangeError for %s", (_, wrong) => {
    const call = () => milliseconds(wrong as Duration, "interval(fn, every)");
    expect(call).toThrow(RangeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_DURATION", name: "RangeError" }));
    expect(call).toThrow(`interval(fn, every): ${wrong} is not a length of time; it must be finite and above zero`);
    expect(isDuration(wrong)).toBe(false);
  });

  it.each([
    ["no unit", "60", '"60"'],
    ["an unknown unit", "5 minutes", '"5 minutes"'],
    ["a space behind it", "5s ", '"5s "'],
    ["a hexadecimal number", "0x10s", '"0x10s"'],
    ["an upper-case unit", "5S", '"5S"'],
    ["two lengths", "1h30m", '"1h30m"'],
    ["only a unit", "ms", '"ms"'],
    ["an empty string", "", '""'],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a bigint", 5n, "5"],
    ["an object", { seconds: 5 }, "[object Object]"],
    ["a boolean", true, "true"],
    ["a symbol", Symbol("x"), "Symbol(x)"],
  ])("throws a TypeError for %s, saying what it should be", (_, wrong, shown) => {
    const call = () => milliseconds(wrong as Duration);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_DURATION", name: "TypeError" }));
    expect(call).toThrow(
      `duration: ${shown} is no duration; give a string with a unit ("250ms", "60s", "5m", "1h", "1d") or a number of seconds`,
    );
    expect(isDuration(wrong)).toBe(false);
  });

  it("takes zero where zero makes sense, and nothing below it", () => {
    expect(milliseconds(0, "sleep(duration)", true)).toBe(0);
    expect(milliseconds("0ms", "sleep(duration)", true)).toBe(0);
    expect(() => milliseconds("-1ms", "sleep(duration)", true)).toThrow("it must be finite and not negative");
  });

  it.each(["startTimeout", "stopTimeout", "shutdownTimeout"])("checks the %s of a kernel when it is made", (option) => {
    expect(() => new Kernel({ [option]: 0 })).toThrow(RangeError);
    expect(() => new Kernel({ [option]: "10 sec" })).toThrow(TypeError);
    expect(() => new Kernel({ [option]: "10 sec" })).toThrow(`Kernel({ ${option} }): "10 sec" is no duration`);
  });
});

describe("formatDuration writes milliseconds as a person would", () => {
  it.each([
    [0, "0ms"],
    [250, "250ms"],
    [999, "999ms"],
    [999.7, "1s"],
    [1_000, "1s"],
    [1_500, "1.5s"],
    [1_234, "1.23s"],
    [10_000, "10s"],
    [60_000, "1m"],
    [90_000, "90s"],
    [300_000, "5m"],
    [3_600_000, "1h"],
    [5_400_000, "90m"],
    [86_400_000, "1d"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("is read back as the same length", () => {
    for (const ms of [1, 250, 1_500, 60_000, 90_000, 3_600_000, 86_400_000, 2_592_000_000]) {
      expect(milliseconds(formatDuration(ms) as Duration)).toBeCloseTo(ms, 6);
    }
  });
});
