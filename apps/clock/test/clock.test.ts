import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { Program } from "../../../packages/kernel/test/process/program.ts";

vi.setConfig({ testTimeout: 30_000 });

const main = new URL("../main.ts", import.meta.url);

describe("the clock", () => {
  test("is at most ten lines", () => {
    expect(readFileSync(main, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(10);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("prints the Unix time every second until %s", async (signal) => {
    const before = Math.floor(Date.now() / 1000);
    await using clock = new Program(main);
    await vi.waitFor(() => expect(clock.lines.length).toBeGreaterThanOrEqual(2), { timeout: 20_000 });
    clock.signal(signal);
    const { code, lines, stderr, seconds } = await clock.ended;
    const times = lines.map(Number);
    expect(times[0]).toBeGreaterThan(before);
    for (const [index, time] of times.entries()) {
      if (index > 0) expect(time).toBeGreaterThan(times[index - 1] ?? 0);
    }
    expect(times.at(-1)).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
    const told = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { service?: string; msg: string });
    expect(told.map(({ service = "app", msg }) => `${service}: ${msg.replace(/ in \d+m?s$|;.*/g, "")}`)).toEqual([
      "app: app started",
      `app: app is stopping (${signal})`,
      "clock: is stopping",
      "clock: stopped",
      "app: app stopped",
    ]);
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(5);
  });

  test("prints as often as --clock-every says, and tells who asks for help", async () => {
    await using clock = new Program(main, { args: ["--clock-every", "0.05"] });
    await vi.waitFor(() => expect(clock.lines.length).toBeGreaterThanOrEqual(10), { timeout: 20_000 });
    clock.signal("SIGINT");
    const { code, lines } = await clock.ended;
    expect(code).toBe(0);
    expect(new Set(lines).size).toBeLessThan(lines.length);
    await using help = new Program(main, { args: ["-h"] });
    expect((await help.ended).code).toBe(0);
    expect(help.stdout).toMatch(/--clock-every <number> +Seconds between two lines\n +default 1 · env CLOCK_EVERY/);
  });

  test("refuses a wrong value with 2", async () => {
    await using clock = new Program(main, { env: { CLOCK_EVERY: "soon" } });
    const { code, lines, stderr } = await clock.ended;
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(stderr).toContain('clock.every: Invalid input: expected number, received string (CLOCK_EVERY is "soon")');
  });

  test("opens no server, and goes on where nobody reads what it says about itself", async () => {
    await using clock = new Program(main);
    clock.closeStderr();
    await vi.waitFor(() => expect(clock.lines.length).toBeGreaterThanOrEqual(1), { timeout: 20_000 });
    expect(clock.stderr).not.toContain("listens");
    clock.signal("SIGINT");
    expect((await clock.ended).code).toBe(0);
  });
});
