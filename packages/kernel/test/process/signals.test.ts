import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";

describe("P1 signals under run()", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "stops in reverse order on %s, exits with 0 and returns",
    async (signal) => {
      await using program = fixture("graceful");
      await program.line("ready");
      program.signal(signal);
      const { code, lines, stderr, seconds } = await program.ended;
      expect(lines).toEqual([
        "db started",
        "metrics started",
        "ready",
        `metrics stopped: ${signal}`,
        `db stopped: ${signal}`,
        "returned stopped, exit code 0",
        "handlers 0 0 0 0",
      ]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(seconds).toBeLessThan(5);
    },
  );

  test("holds the process, though nothing else keeps it open", async () => {
    await using program = fixture("graceful");
    await program.line("ready");
    expect(await program.outlives(300)).toBe(true);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("exits at once on a second signal, a %s, with %i", async (signal, expected) => {
    await using program = fixture("hanging-stop");
    await program.line("ready");
    program.signal("SIGINT");
    await program.line("stuck is stopping");
    program.signal(signal);
    const { code, lines, seconds } = await program.ended;
    expect(code).toBe(expected);
    expect(lines.at(-1)).toBe(`app exits on ${signal}`);
    expect(lines).not.toContain("db stopped");
    expect(seconds).toBeLessThan(5);
  });

  test("takes a signal during the start as a graceful end, undoes what had started and exits with 0", async () => {
    await using program = fixture("slow-start");
    await program.line("slow is starting");
    program.signal("SIGTERM");
    const { code, lines, stderr, seconds } = await program.ended;
    expect(lines).toEqual(["slow is starting", "slow undone", "db stopped", "returned, exit code 0"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(5);
  });

  test("takes what a service begins after its start was given up as cancelled, not as failed", async () => {
    await using program = fixture("late-work");
    await program.line("slow is starting");
    program.signal("SIGTERM");
    const { code, lines, stderr } = await program.ended;
    expect(stderr).toBe("");
    expect(lines).toEqual(["slow is starting", "returned, exit code 0"]);
    expect(code).toBe(0);
  });

  test("takes a signal during a restart as the end", async () => {
    await using program = fixture("signal-in-restart");
    await program.line("stopping for a restart");
    program.signal("SIGTERM");
    const { code, lines } = await program.ended;
    expect(lines).toEqual(["started", "stopping for a restart", "stopped", "returned, exit code 0"]);
    expect(code).toBe(0);
  });

  test("lets an unhandled AbortError of its own be", async () => {
    await using program = fixture("cancelled");
    await program.line("ready");
    program.signal("SIGINT");
    const { code, lines, stderr } = await program.ended;
    expect(lines).toEqual(["ready", "returned, exit code 0"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});
