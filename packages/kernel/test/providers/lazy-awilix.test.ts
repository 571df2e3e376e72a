import { describe, expect, test } from "vitest";
import { Program } from "../process/program.ts";

const faces = [
  { face: "@pawl/kernel", from: "@pawl/kernel", name: "Kernel" },
  { face: "pawl", from: new URL("../../../pawl/src/index.ts", import.meta.url).href, name: "App" },
] as const;

/** The libraries that a program of its own has loaded when its kernel has started and stopped. */
async function librariesOf(from: string, name: string, kind: "instances" | "classes"): Promise<readonly string[]> {
  const file = new URL("fixtures/loaded.ts", import.meta.url);
  await using program = new Program(file, { args: [from, name, kind] });
  const { code, lines, stderr } = await program.ended;
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return lines.at(-1)?.split(" ") ?? [];
}

describe.each(faces)("awilix, by way of $face", ({ from, name }) => {
  test("is not loaded where every provider is an instance", async () => {
    const libraries = await librariesOf(from, name, "instances");
    expect(libraries).toContain("eventemitter3");
    expect(libraries).not.toContain("awilix");
  });

  test("is loaded where a class is to be made", async () => {
    expect(await librariesOf(from, name, "classes")).toContain("awilix");
  });
});
