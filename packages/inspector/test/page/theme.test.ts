import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../../page/theme.css", import.meta.url), "utf8");

/** The colours of a theme by their names. */
function coloursOf(theme: "light" | "dark"): ReadonlyMap<string, string> {
  const pairs = css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g);
  return new Map([...pairs].map(([, name, light, dark]) => [String(name), String(theme === "light" ? light : dark)]));
}

/** As WCAG 2.2 defines it, of `#rrggbb`. */
function luminance(colour: string): number {
  const part = (from: number) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

/** As WCAG 2.2 defines it: 1 to 21. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const tones = ["good", "warning", "bad", "busy"];
const texts = ["text", "muted", "faint", "accent", ...tones];
const grounds = ["ground", "panel", "raised", "hover", "selected", "neutral-soft"];

describe.each(["light", "dark"] as const)("the %s theme", (theme) => {
  const colours = coloursOf(theme);
  const colour = (name: string) => {
    const found = colours.get(name);
    if (found === undefined) throw new Error(`there is no --${name}`);
    return found;
  };
  const below = (least: number, pairs: readonly (readonly [string, string])[]) =>
    pairs
      .map(([front, back]) => ({ front, back, ratio: contrast(colour(front), colour(back)) }))
      .filter(({ ratio }) => ratio < least);

  test("has 4.5:1 for every text on everything that may be behind it", () => {
    const onGrounds = texts.flatMap((text) => grounds.map((ground) => [text, ground] as const));
    const onTones = tones.flatMap((tone) => [
      [tone, `${tone}-soft`] as const,
      ["text", `${tone}-soft`] as const,
      ["muted", `${tone}-soft`] as const,
    ]);
    expect(below(4.5, [...onGrounds, ...onTones])).toEqual([]);
    expect(contrast("#ffffff", colour("accent-fill"))).toBeGreaterThanOrEqual(4.5);
  });

  test("has 3:1 for the frames of fields and buttons", () => {
    expect(
      below(
        3,
        ["ground", "panel", "raised", "hover"].map((ground) => ["line-strong", ground]),
      ),
    ).toEqual([]);
  });
});

test("contrast is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});
