import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";

describe("P1 what ends run()", () => {
  test("goes on through a restart and ends with stop()", async () => {
    await using program = fixture("restart");
    const { code, lines, stderr } = await program.ended;
    expect(lines).toEqual(["start 1", "stopped", "start 2", "stopped", "returned, exit code 0"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  test("runs a kernel again that has ended before", async () => {
    await using program = fixture("run-twice");
    const { code, lines } = await program.ended;
    expect(lines).toEqual(["started", "stopped", "between", "started", "stopped", "returned, exit code 0"]);
    expect(code).toBe(0);
  });
});

describe("P1 what is left behind", () => {
  test("names what was abandoned once, still stops the rest, and exits with 1", async () => {
    await using program = fixture("hanging-stop", "impatient");
    await program.line("ready");
    program.signal("SIGINT");
    const { code, lines, stderr, seconds } = await program.ended;
    expect(lines).toEqual(["ready", "stuck is stopping", "db stopped"]);
    expect(
      stderr.match(/StopError: .*\n.*stuck: onStop was still running after 50ms; it was left behind/g),
    ).toHaveLength(1);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(5);
  });

  test("exits with 1 where an onStart that timed out was left behind", async () => {
    await using program = fixture("start-timeout");
    const { code, lines, seconds } = await program.ended;
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^told: StartError: "deaf" did not start within 50ms/);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(10);
  });

  test("exits with 1 when the shutdown timeout has passed, having called every service in order", async () => {
    await using program = fixture("shutdown-timeout");
    await program.line("ready");
    program.signal("SIGTERM");
    const { code, lines, seconds } = await program.ended;
    expect(lines.slice(1, 5)).toEqual(["d is stopping", "c is stopping", "b is stopping", "a is stopping"]);
    expect(lines[5]).toBe("told: StopError: app stopped with 4 failures:");
    expect(lines).toHaveLength(10);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(5);
  });
});

describe("P1 several apps in one process", () => {
  test("share the handlers, and one signal stops them all", async () => {
    await using program = fixture("two-apps");
    await program.line("both run, handlers 1 1 1 1");
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(lines.slice(1, 3).sort()).toEqual(["first stopped", "second stopped"]);
    expect(lines.at(-1)).toBe("returned, exit code 0, handlers 0 0 0 0");
    expect(code).toBe(0);
  });

  test("end one by one: the handlers stay until the last has ended", async () => {
    await using program = fixture("two-apps", "one-by-one");
    await program.line("second goes on, handlers 1 1 1 1");
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(lines.slice(1)).toEqual([
      "first stopped",
      "second goes on, handlers 1 1 1 1",
      "second stopped",
      "returned, exit code 0, handlers 0 0 0 0",
    ]);
    expect(code).toBe(0);
  });

  test("let an app that left something behind end beside one that still runs, and exit when that has ended too", async () => {
    await using program = fixture("left-behind-beside");
    await program.line("first has ended");
    program.signal("SIGINT");
    const { code, lines, seconds } = await program.ended;
    expect(lines).toEqual([
      expect.stringMatching(/told: .*stuck: onStop was still running after 50ms/),
      "first has ended",
      "calm stopped",
    ]);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(5);
  });
});
