import { describe, expect, test } from "vitest";
import { Program } from "../process/program.ts";

/** The libraries that a program of its own has loaded when its kernel has started and stopped. */
async function librariesOf(kind: "instances" | "classes"): Promise<readonly string[]> {
  await using program = new Program(new URL("fixtures/loaded.ts", import.meta.url), { args: [kind] });
  const { code, lines, stderr } = await program.ended;
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return lines.at(-1)?.split(" ") ?? [];
}

describe("awilix", () => {
  test("is not loaded where every provider is an instance", async () => {
    const libraries = await librariesOf("instances");
    expect(libraries).toContain("eventemitter3");
    expect(libraries).not.toContain("awilix");
  });

  test("is loaded where a class is to be made", async () => {
    expect(await librariesOf("classes")).toContain("awilix");
  });
});
