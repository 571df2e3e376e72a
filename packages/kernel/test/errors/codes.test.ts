import { readdirSync, readFileSync } from "node:fs";
import { errorCodes } from "@pawl/kernel";
import { describe, expect, it } from "vitest";

const src = new URL("../../src/", import.meta.url);
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith("error-codes.ts"),
);
// Without comments: a code that is only talked about is not used.
const code = files
  .map((file) => readFileSync(new URL(file, src), "utf8"))
  .join("\n")
  .replace(/\/\*[\s\S]*?\*\//g, "")
  .replace(/^\s*\/\/.*$/gm, "");

describe("§7 One table of error codes", () => {
  it.each(Object.keys(errorCodes))("%s is an error that the kernel makes somewhere", (name) => {
    expect(code).toContain(`"${name}"`);
  });

  it("knows every code that the kernel uses", () => {
    const used = new Set([...code.matchAll(/"(PAWL_[A-Z_]+)"/g)].map((match) => match[1] as string));
    expect([...used].filter((name) => !(name in errorCodes))).toEqual([]);
  });

  it("says of each in one line what it means", () => {
    for (const [name, meaning] of Object.entries(errorCodes)) {
      expect(name).toMatch(/^PAWL(_[A-Z]+)+$/);
      expect(meaning).toMatch(/^[^\n.]+$/);
    }
  });
});
