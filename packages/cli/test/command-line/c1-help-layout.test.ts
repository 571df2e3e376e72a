import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { helpText } from "../../src/command-line/help.ts";
import { appGroup } from "../../src/command-line/option-group.ts";

const description = "How often it ticks, which is told in seconds or as a duration with a unit, whatever is shorter";
const group = appGroup(
  "clock",
  "clock (Clock)",
  { every: { type: "number", description }, aVeryLongNameOfAnOption: { type: "boolean" } },
  {},
);
const { getColorDepth } = WriteStream.prototype;
const help = (columns: number, isTTY = false) =>
  helpText(
    "node main.ts",
    { groups: [group], appGroups: [], variables: [] },
    Object.assign(new PassThrough(), { columns, isTTY, getColorDepth }),
  );
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

afterEach(() => vi.unstubAllEnvs());

describe("C1 the help", () => {
  test("is as wide as the terminal, between 60 and 120", () => {
    for (const columns of [20, 60, 80, 100, 120, 300]) {
      const width = Math.min(Math.max(columns, 60), 120);
      expect(widest(help(columns))).toBeLessThanOrEqual(width);
      // No word would have fitted behind a line.
      expect(help(columns).split("\n").length).toBeGreaterThanOrEqual(help(columns + 40).split("\n").length);
    }
    expect(widest(help(60))).toBeGreaterThan(50);
    expect(help(120)).not.toBe(help(60));
  });

  test("says of each list how it is written, and which options are secret", () => {
    const list = (items: object) => ({ type: "array", items });
    const properties = {
      hosts: list({ type: "object" }),
      tags: list({ type: "string" }),
      key: { type: "string", writeOnly: true },
    };
    const text = helpText(
      "",
      { groups: [appGroup("db", "db", properties, {})], appGroups: [], variables: [] },
      new PassThrough(),
    );
    expect(text).toMatch(/--db-hosts <json,…> +more than once, or as a JSON list · env DB_HOSTS\n/);
    expect(text).toMatch(/--db-tags <text,…> +more than once, or with commas · env DB_TAGS\n/);
    expect(text).toMatch(/--db-key <text> +secret · env DB_KEY\n/);
  });

  test("gives flags that are longer than their column a line of their own", () => {
    expect(help(80)).toContain(
      "\n  --[no-]clock-a-very-long-name-of-an-option\n                                env CLOCK_A_VERY_LONG_NAME_OF_AN_OPTION\n",
    );
  });

  test("has bold titles on a terminal only, and none with NO_COLOR", () => {
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv("FORCE_COLOR", undefined);
    vi.stubEnv("CI", undefined);
    vi.stubEnv("TERM", "xterm-256color");
    const bold = help(80, true);
    expect(bold).toContain("\u001b[1mclock (Clock)\u001b[22m");
    expect(stripVTControlCharacters(bold)).toBe(help(80));
    vi.stubEnv("NO_COLOR", "1");
    expect(help(80, true)).toBe(help(80));
  });
});
