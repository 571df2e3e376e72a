import { describe, expect, test } from "vitest";
import { fixture } from "./fixture.ts";

describe("P1 failures under run()", () => {
  test("undoes a failed start, tells it once and exits with 1", async () => {
    await using program = fixture("failing-start");
    const { code, lines, stderr } = await program.ended;
    expect(lines).toEqual([
      "db stopped",
      "told by mailer: StartError: mailer could not start: no route to host",
      "returned failed, exit code 1",
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(1);
  });

  test("stops in order for a crash, tells it once with its owner path and exits with 1", async () => {
    await using program = fixture("crash");
    const { code, lines, stderr } = await program.ended;
    expect(lines).toEqual([
      // When it comes: the stop that follows may take long.
      "told by poller: CrashError: poller crashed: the queue is gone",
      "db stopped",
      "returned, exit code 1",
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(1);
  });

  test.each([
    ["exception", "an uncaught exception: Error: nobody caught it"],
    ["rejection", "a promise rejection that nobody handled: Error: nobody caught it"],
    ["nothing", "a promise rejection that nobody handled: undefined"],
  ])("reports an uncaught %s, stops gracefully and exits with 1", async (kind, told) => {
    await using program = fixture("uncaught", kind);
    const { code, lines, stderr } = await program.ended;
    expect(lines).toEqual([`told by app, ${told}`, "db stopped", "returned, exit code 1"]);
    expect(stderr).toBe("");
    expect(code).toBe(1);
  });

  test("tells a restart that fails once, though its caller was inside, and exits with 1", async () => {
    await using program = fixture("failing-restart");
    const { code, lines } = await program.ended;
    expect(lines).toEqual(["told: StartError: config could not start: the file is gone", "returned, exit code 1"]);
    expect(code).toBe(1);
  });

  test("tells the failures of a stop together, once, and exits with 1", async () => {
    await using program = fixture("failing-stop");
    await program.line("ready");
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(lines).toEqual([
      "ready",
      "told: StopError: app stopped with 1 failure:",
      '  - db: release "cleanup" failed: the pool is stuck',
      "returned, exit code 1",
    ]);
    expect(code).toBe(1);
  });

  test("exits with 1 where an error was reported during the stop", async () => {
    await using program = fixture("late-report");
    await program.line("ready");
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(lines).toEqual(["ready", "told: Error: the listener failed", "returned, exit code 1"]);
    expect(code).toBe(1);
  });
});

describe("§7 an onError that fails", () => {
  test.each(["throws", "rejects"])("ends the app where it %s, is told, and does not go on for ever", async (how) => {
    await using program = fixture("on-error-fails", how);
    const { code, lines, stderr } = await program.ended;
    expect(stderr).toContain("Error: onError failed");
    expect(lines).toEqual(["returned, exit code 1, asked a few times"]);
    expect(code).toBe(1);
  });

  test("ends the app where it leaves a rejection to nobody each time, and does not go on for ever", async () => {
    await using program = fixture("on-error-fails", "unseen");
    const { code, lines, stderr } = await program.ended;
    expect(stderr).toContain("Error: onError failed");
    expect(lines).toEqual(["returned, exit code 1, asked a few times"]);
    expect(code).toBe(1);
  });
});

describe("§7 a bare kernel under run()", () => {
  test("tells an error on stderr with its owner path, and goes on", async () => {
    await using program = fixture("bare");
    const { code, lines, stderr } = await program.ended;
    expect(stderr).toMatch(/^failing: interval "tick": Error: the first tick failed\n/);
    expect(lines).toEqual(["it goes on", "returned, exit code 0"]);
    expect(code).toBe(0);
  });

  test("goes on where nobody reads its stderr any more", async () => {
    await using program = fixture("noisy-stop");
    await program.line("ready");
    program.closeStderr();
    const { code, lines } = await program.ended;
    expect(lines).toEqual(["ready", "returned, exit code 0"]);
    expect(code).toBe(0);
  });
});
