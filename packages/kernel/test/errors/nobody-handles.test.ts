import { describe, expect, it } from "vitest";
import { Program } from "../process/program.ts";

const fixture = new URL("fixtures/nobody-handles.ts", import.meta.url);
const turn = ["the next listener was called", "emit called 2", "microtasks went on", "the same turn went on"];

describe("§7 Without onError a bare Kernel throws the error in a turn of its own", () => {
  it("where it ends a process that does not look, after the turn in which it happened", async () => {
    await using program = new Program(fixture);
    const { code, lines, stderr } = await program.ended;
    expect([...lines].sort()).toEqual([...turn].sort());
    expect(stderr).toContain("Error: the listener failed");
    expect(stderr).toContain("nobody-handles.ts");
    expect(code).toBe(1);
  });

  it("as an uncaughtException; a process that looks goes on, and so does the kernel", async () => {
    await using program = new Program(fixture, { args: ["error", "none", "watch"] });
    const { code, lines } = await program.ended;
    expect(lines.slice(-2)).toEqual(["uncaughtException: the listener failed", "later it is running"]);
    expect(code).toBe(0);
  });

  it.each([
    ["undefined", "undefined", ""],
    ["string", "a string", ", cause a string"],
  ])("what was thrown without being an error as the cause of one: %s", async (thrown, message, cause) => {
    await using program = new Program(fixture, { args: [thrown, "none", "watch"] });
    const { lines } = await program.ended;
    expect(lines).toContain(`uncaughtException: ${message}${cause}`);
  });
});

describe("§7 An onError that itself throws or rejects ends the same way", () => {
  it.each(["throws", "rejects", "thenable"])("one that %s", async (handling) => {
    await using program = new Program(fixture, { args: ["error", handling, "watch"] });
    const { code, lines } = await program.ended;
    expect(lines).toContain("uncaughtException: onError failed");
    expect(lines).toContain("the next listener was called");
    expect(lines.at(-1)).toBe("later it is running");
    expect(code).toBe(0);
  });

  it("and ends a process that does not look", async () => {
    await using program = new Program(fixture, { args: ["error", "rejects"] });
    const { code, stderr } = await program.ended;
    expect(stderr).toContain("Error: onError failed");
    expect(code).toBe(1);
  });
});
